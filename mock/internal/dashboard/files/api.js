// The control API of the mock that this page comes from.

// Refused is a call that the mock refused: it says why.
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// Away is a call that got no answer.
export class Away extends Error {}

const patience = 20000; // milliseconds

// api makes calls about the world whose name world() gives, "" for the main one.
export function api(world) {
  async function send(method, path, body, where) {
    const headers = {};
    if (where) headers['X-Tally-Sandbox'] = where;
    let content;
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json';
      content = typeof body === 'string' ? body : JSON.stringify(body);
    }
    let answer, text;
    try {
      answer = await fetch(path, { method, headers, body: content, cache: 'no-store', credentials: 'same-origin', signal: AbortSignal.timeout(patience) });
      text = await answer.text();
    } catch (error) {
      throw new Away(error.message);
    }
    if (answer.ok) return text;
    let why = text.slice(0, 300);
    try {
      why = JSON.parse(text).error || why;
    } catch { /* then it is no refusal of the control API */ }
    throw new Refused(answer.status, why);
  }
  const call = async (method, path, body) => JSON.parse(await send(method, path, body, world()));
  return {
    get: (path) => call('GET', path),
    put: (path, body) => call('PUT', path, body),
    post: (path, body) => call('POST', path, body),
    drop: (path) => call('DELETE', path),
    text: (path) => send('GET', path, undefined, world()),
    // outside asks about the mock as a whole, so that no sandbox comes to be by looking.
    outside: async (path) => JSON.parse(await send('GET', path, undefined, '')),
  };
}

// part is a piece of a path.
export const part = encodeURIComponent;
