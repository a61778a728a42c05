// A body of multipart/form-data: fields as text, a file as { name, bytes }.
//
//   browser.post(path, {}, parts({ csrf, picture: { name: 'a.png', bytes } }))
import { randomBytes } from 'node:crypto';

export function parts(fields) {
  const boundary = `parts${randomBytes(8).toString('hex')}`;
  const pieces = Object.entries(fields).flatMap(([name, value]) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${
      value.bytes ? `; filename="${value.name}"\r\nContent-Type: application/octet-stream` : ''}\r\n\r\n`,
    value.bytes ?? value, '\r\n']);
  return {
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece))),
  };
}
