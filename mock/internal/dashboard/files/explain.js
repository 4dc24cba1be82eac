import { byId, h } from './dom.js';
import { part, Refused } from './api.js';

const dialog = () => byId('explain');

// explain opens a drawer with all that is known of a request.
export async function explain(app, r) {
  const close = h('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => dialog().close() }, '×');
  const title = h('h2', { id: 'explain-title' }, h('b', {}, r.method), ' ', h('code', {}, r.url));
  const body = h('div', { class: 'body' }, h('p', { class: 'soft' }, 'Asking …'));
  dialog().replaceChildren(h('div', { class: 'head' }, title, close), body);
  if (!dialog().open) dialog().showModal();
  try {
    const at = 'requests/' + part(r.id);
    const [why, both] = await Promise.all([app.api.get(at + '/explain'), app.api.get(at)]);
    body.replaceChildren(...answer(r), ...reasons(why), ...messages(both));
  } catch (error) {
    body.replaceChildren(h('p', { class: 'wrong' }, error instanceof Refused ? error.message : 'The mock does not answer: ' + error.message));
  }
}

export function init() {
  dialog().addEventListener('click', (e) => { if (e.target === dialog()) dialog().close(); });
}

const answer = (r) => [h('p', { class: 'facts' },
  h('span', { class: 'badge ' + r.verdict }, r.verdict), h('b', {}, r.status ? String(r.status) : 'no answer'), r.code && h('code', {}, r.code),
  h('span', { class: 'soft' }, '#' + r.sequence + ' · ' + r.at + ' on the mock’s clock · ' + r.took.toFixed(2) + ' ms'))];

// block is a part with a heading; none without a content.
function block(title, ...content) {
  const rest = content.flat(Infinity).filter(Boolean);
  return rest.length ? h('section', {}, h('h3', {}, title), rest) : null;
}

const place = (position) => position && h('code', { class: 'place' }, position);

function source(from) {
  if (!from || !(from.basis || from.at || from.note)) return null;
  return h('p', { class: 'soft small' }, [from.basis, ...(from.at || []), from.note].filter(Boolean).join(' · '));
}

const violations = (list) => list.length > 0 && h('ul', { class: 'violations' }, list.map((v) => h('li', {},
  h('b', {}, v.in + (v.pointer ? ' ' + v.pointer : '')), ' ', v.text, ' ', h('span', { class: 'soft' }, v.keyword), ' ', v.code && h('code', {}, v.code), ' ', place(v.position))));

const pairs = (list) => h('dl', {}, list.filter(([, value]) => value).map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));

function reasons(why) {
  const { operation, rule, row, state, refusal, credential, near, signature } = why;
  return [
    why.fault && block('Fault', h('p', { class: 'wrong' }, why.fault)),
    operation ? block('Operation', h('p', {}, h('b', {}, operation.id), ' ', operation.summary, ' ', place(operation.position)))
      : block('No operation matched', near && h('ul', {}, near.map((n) => h('li', {}, h('b', {}, n.operation), ' ', h('code', {}, n.method + ' ' + n.path), ' ', n.why, ' ', place(n.position)))) || h('p', {}, 'None is near.')),
    refusal && block('Refused', h('p', {}, h('b', {}, refusal.code), ' with status ' + refusal.status + ' ', place(refusal.position)), h('p', {}, refusal.message),
      refusal.meaning && h('p', { class: 'soft' }, refusal.meaning), refusal.also && h('p', { class: 'soft' }, 'Would conform as well: ' + refusal.also.join(', ')), source(refusal.source)),
    rule && block('Rule', h('p', {}, h('b', {}, rule.id), ' ', place(rule.position)), rule.when && h('pre', {}, rule.when), rule.given && h('p', {}, 'given ', h('code', {}, rule.given)), source(rule.source)),
    row && block('Row of the lifecycle', h('p', {}, h('b', {}, (row.on || []).join(', ')), row.from && row.from.length ? ' in ' + row.from.join(', ') : '', row.through ? ' → ' + row.through : '', row.to ? ' → ' + row.to : '',
      row.stays ? ' stays' : '', row.error ? ' refuses with ' + row.error : '', ' ', place(row.position)), row.when && h('pre', {}, row.when), source(row.source)),
    block('What the request breaks', violations(why.violations)),
    block('What the answer breaks', violations(why.broken)),
    state && block('State', pairs([['stored', state.stored], ['before', state.before], ['since', state.since], ['after', state.after]])),
    credential && block('Credential', h('p', {}, (credential.required ? 'required' : 'not required') + (credential.condition ? ', ' + credential.condition : '') + (credential.caller ? ', of ' + credential.caller : ''))),
    signature && block('Signature', h('p', {}, signature.problem), pairs([['key', signature.access], ['first difference', signature.part], ['the mock has', signature.server], ['the client has', signature.client], ['mistakes', (signature.mistakes || []).join(', ')], ['hint', signature.hint]]),
      h('h4', {}, 'Canonical request'), h('pre', {}, signature.canonicalRequest), h('h4', {}, 'String to sign'), h('pre', {}, signature.stringToSign)),
    block('Where the answer came from', h('p', {}, why.origin)),
  ].filter(Boolean);
}

const messages = (both) => [message('Request', both.sent), message('Answer', both.answered)];

function message(title, m) {
  const lines = Object.entries(m.headers).sort().flatMap(([name, values]) => values.map((v) => name + ': ' + v)).join('\n');
  return h('section', {}, h('h3', {}, title, h('span', { class: 'soft' }, m.size > 0 ? ' ' + m.size + ' bytes' + (m.cut ? ', cut' : '') + (m.base64 ? ', as Base64' : '') : '')),
    h('details', {}, h('summary', {}, 'Headers'), h('pre', {}, lines)), m.text ? h('pre', {}, pretty(m.text)) : h('p', { class: 'soft' }, 'No body.'));
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
