-- A merchant's own words for a mail; without a row the platform's are sent.
CREATE TABLE mail_template (
    tenant   TEXT   NOT NULL,
    event    TEXT   NOT NULL, -- of tables/events.def
    language TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    text     TEXT   NOT NULL,
    html     TEXT   NOT NULL, -- '' = text only
    updated  BIGINT NOT NULL,
    CONSTRAINT mail_template_pk PRIMARY KEY (tenant, event, language),
    CONSTRAINT mail_template_tenant_fk FOREIGN KEY (tenant) REFERENCES tenant (id)
);

-- The HTML beside the text, sealed and emptied as it is.
ALTER TABLE mail ADD COLUMN html TEXT NOT NULL DEFAULT '';

-- What it says is of no use afterwards (a code, a link), so it is not sent; 0 =
-- never.
ALTER TABLE mail ADD COLUMN expires BIGINT NOT NULL DEFAULT 0;

-- Files that go out with a mail: sealed base64, gone after the last try.
CREATE TABLE mail_file (
    tenant  TEXT    NOT NULL,
    mail    TEXT    NOT NULL,
    place   INTEGER NOT NULL, -- 0, 1, …
    name    TEXT    NOT NULL,
    type    TEXT    NOT NULL,
    content TEXT    NOT NULL,
    CONSTRAINT mail_file_pk PRIMARY KEY (tenant, mail, place),
    CONSTRAINT mail_file_mail_fk FOREIGN KEY (tenant, mail)
        REFERENCES mail (tenant, id)
);
