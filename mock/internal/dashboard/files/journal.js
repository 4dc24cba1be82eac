import { byId, clockTime, h, keyed, options, text } from './dom.js';
import { today } from './clock.js';
import { explain } from './explain.js';

const page = 100; // requests in one answer

let following = true, limit = page;

const form = () => byId('filter');

// query is what the filters say.
export function query() {
  const q = new URLSearchParams({ order: 'newest', limit: String(Math.min(limit, 1000)) });
  for (const name of ['operation', 'verdict', 'status']) {
    const input = form().elements[name];
    if (input.value && input.checkValidity()) q.set(name, input.value);
  }
  return 'requests?' + q;
}

export const isFollowing = () => following;

export function init(app) {
  const follow = byId('follow');
  follow.addEventListener('click', () => {
    following = !following;
    follow.setAttribute('aria-pressed', following);
    text(follow, following ? 'Following' : 'Paused');
    app.refresh();
  });
  const changed = () => { limit = page; app.journal(); };
  form().addEventListener('input', changed);
  form().addEventListener('submit', (e) => e.preventDefault());
  byId('older').addEventListener('click', () => { limit += page; app.journal(); });
  byId('forget').addEventListener('click', async () => {
    if (await app.ask('Empty the journal of this world?', 'Empty it')) app.act(() => app.api.drop('requests'));
  });
}

export function operations(list) {
  options(form().elements.operation, [['', 'all operations'], ...list.map((o) => o.id), ['-', 'none matched']]);
}

const filtered = () => ['operation', 'verdict', 'status'].some((name) => form().elements[name].value);

export function show(app, answer) {
  const none = byId('none-journal');
  const refused = answer.refused;
  const rows = refused ? [] : answer.requests;
  keyed(byId('rows-journal'), rows, (r) => r.sequence + ' ' + r.id, (r) => row(app, r));
  text(byId('n-journal'), refused ? '–' : String(answer.matched));
  text(byId('shown-journal'), refused ? '' : (rows.length < answer.matched ? 'the last ' + rows.length + ' of ' + answer.matched : answer.matched === 1 ? '1 request' : answer.matched + ' requests') + (answer.forgotten ? ', ' + answer.forgotten + ' older ones are gone' : ''));
  byId('older').hidden = refused || rows.length >= answer.matched || limit >= 1000;
  none.hidden = rows.length > 0;
  byId('table-journal').hidden = !rows.length;
  if (rows.length) return;
  none.replaceChildren(...(refused ? [h('strong', {}, 'No journal.'), h('p', {}, refused)]
    : filtered() ? [h('p', {}, 'No request fits the filter.')]
      : [h('strong', {}, 'Nobody has asked for anything yet.'), h('p', {}, 'Send a request to ', h('code', {}, location.origin), ' and see here what the contract says of it.')]));
}

function row(app, r) {
  const open = () => explain(app, r);
  const states = r.before || r.after ? (r.before === r.after ? r.after : (r.before || '(new)') + ' → ' + (r.after || '(gone)')) : '';
  return h('tr', { class: r.verdict, onclick: (e) => { if (!e.target.closest('button')) open(); } },
    h('td', { 'data-label': '#', class: 'n soft' }, String(r.sequence)),
    h('td', { 'data-label': 'At' }, h('code', {}, clockTime(r.at, today()))),
    h('td', { 'data-label': 'Request', class: 'request' }, h('button', { type: 'button', class: 'plain', title: r.url, onclick: open }, h('b', {}, r.method), ' ', h('code', {}, pathOf(r.url)))),
    h('td', { 'data-label': 'Operation' }, r.operation || h('span', { class: 'soft' }, 'none')),
    h('td', { 'data-label': 'Status' }, h('b', { class: 'status-' + String(r.status)[0] }, r.status ? String(r.status) : 'no answer'), r.code ? h('code', { class: 'code' }, r.code) : null),
    h('td', { 'data-label': 'Verdict' }, h('span', { class: 'badge ' + r.verdict }, r.verdict)),
    h('td', { 'data-label': 'State' }, h('span', { class: 'states' }, states)),
    h('td', { 'data-label': 'Took', class: 'n' }, r.took.toFixed(r.took < 10 ? 2 : 0) + ' ms'));
}

// pathOf is what stands behind the host of a URL.
function pathOf(url) {
  const at = url.indexOf('/', url.indexOf('://') + 3);
  return url.includes('://') && at > 0 ? url.slice(at) : url;
}
