// Contracts by the thousand, straight into the database, and what a run made of them.

const text = (value) => (value === null ? 'NULL' : `'${value}'`);

// SQL that makes n customers and a contract of each, with an item of 10 EUR and one of
// 2.50 EUR a month. mark: part of every id and reference, so that sets do not meet.
export function contractsSql(tenant, mark, n, { next = '2026-11-01', start = next, currency = 'EUR',
  status = 'active', end = null, delivery = 'none', every = 1, unit = 'month', advance = 1, items = 2,
  stride = 7919 } = {}) {
  const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n})`;
  const item = (position, price) => `INSERT INTO contract_item (tenant, contract, position,
    description, quantity, unit_price, vat_rate) ${numbers}
    SELECT '${tenant}', 'con_${mark}' || (10000000 + i), ${position}, 'Item ${position}', 1000000, ${price}, 1900 FROM n;`;
  // customers stand in another order than contracts, so scattered as they hardly are in life
  return `INSERT INTO customer (tenant, id, number, company_name, first_name, last_name, email,
    language, street, postal_code, city, country, vat_id, created, version, search, portal_without) ${numbers}
    SELECT '${tenant}', 'cus_${mark}' || (10000000 + i), '${mark}' || i, 'Company ' || i, '', '', 'c' || i || '@x.example',
    '', 'Weg ' || i, '12345', 'Köln', 'DE', '', 0, 1, 'company ' || i, '' FROM n;
  INSERT INTO contract (tenant, id, ref, customer, name, status, currency, start_date, end_date,
    every, unit, next_billing, delivery_mode, notice_days, created, in_advance) ${numbers}
    SELECT '${tenant}', 'con_${mark}' || (10000000 + i), 'VT-${mark}-' || i, 'cus_${mark}' || (10000000 + (i * ${stride}) % ${n} + 1),
    'Contract ' || i, '${status}', '${currency}', '${start}', ${text(end)}, ${every}, '${unit}', ${text(next)}, '${delivery}',
    30, 0, ${advance} FROM n;
  ${items > 0 ? item(1, 10_000_000) : ''}${items > 1 ? item(2, 2_500_000) : ''}`;
}

// SQL of a run that waits, as if it had been asked for.
export const runSql = (tenant, id, date, { dry = 0 } = {}) => `
  INSERT INTO job (tenant, id, kind, arguments, state, attempts, next_at, lease_until, lease_owner, position,
    done, total, result, last_error, created_by, request_id, created, finished)
    VALUES ('${tenant}', 'job_${id}', 'invoice_run', '{"run":"${id}"}', 'queued', 0, 0, 0, '', '', 0, 0, '', '', 'system', '', 0, 0);
  INSERT INTO invoice_run (tenant, id, date, dry_run, status, origin, job, contracts, invoices, failures, created,
    created_by, finished) VALUES ('${tenant}', '${id}', '${date}', ${dry}, 'queued', 'api', 'job_${id}', 0, 0, 0, 0, 'system', 0);`;

// SQL of an open service.
export const serviceSql = (tenant, contract, id, { price = 5_000_000, performed = '2026-10-15', from = null } = {}) => `
  INSERT INTO service_entry (tenant, id, contract, description, quantity, unit_price, vat_rate, performance_date,
    bill_from, status, version, created)
    VALUES ('${tenant}', '${id}', '${contract}', 'Service ${id}', 1000000, ${price}, 1900, '${performed}', ${text(from)}, 'open', 1, 0);`;
