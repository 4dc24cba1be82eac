import { byId, h, keyed, options, text } from './dom.js';

const most = 500; // rows; more would help nobody

let last = [], chosen = '';

export const keyOf = (r) => [r.kind, r.tenant, r.id].join('\n');

// selected is the resource that is chosen; undefined when there is none.
export const selected = () => last.find((r) => keyOf(r) === chosen);

export const labelOf = (r) => r.name || r.id;

// look tells how a state is to look.
export function look(app, kind, state) {
  const found = app.stateOf(kind, state);
  if (!state) return '';
  if (!found) return 'unknown';
  return found.failed ? 'failed' : found.transient ? 'transient' : found.gone ? 'gone' : found.outside ? 'outside' : 'stable';
}

export function init(app) {
  for (const id of ['find', 'instate']) byId(id).addEventListener('input', () => { draw(app); app.chosen(); });
}

export function show(app, resources) {
  last = resources;
  if (chosen && !selected()) chosen = '';
  options(byId('instate'), [['', 'all states'], ...new Set(resources.map((r) => r.state).filter(Boolean))]);
  text(byId('n-instances'), String(resources.length));
  draw(app);
}

// only shows the instances in one state, or all again.
export function only(app, state) {
  const at = byId('instate');
  at.value = at.value === state ? '' : state;
  draw(app);
  app.chosen();
}

function choose(app, r) {
  chosen = chosen === keyOf(r) ? '' : keyOf(r);
  draw(app);
  app.chosen();
}

function draw(app) {
  const words = byId('find').value.toLowerCase().split(/\s+/).filter(Boolean);
  const state = byId('instate').value;
  const fits = (r) => (!state || r.state === state) && words.every((w) => [r.name || '', r.id, r.tenant, r.state].some((v) => v.toLowerCase().includes(w)));
  const found = last.filter(fits);
  const rows = found.slice(0, most);
  keyed(byId('rows-instances'), rows, keyOf, (r) => row(app, r), (tr, r) => update(app, tr, r));
  let shown = found.length === last.length ? '' : found.length + ' of ' + last.length;
  if (rows.length < found.length) shown += (shown ? ', ' : '') + 'the first ' + most + ' shown';
  text(byId('shown-instances'), shown);
  const none = byId('none-instances');
  none.hidden = rows.length > 0;
  byId('table-instances').hidden = !rows.length;
  if (!rows.length) none.replaceChildren(...nothing(app, last.length));
}

function nothing(app, all) {
  if (all) return [h('p', {}, 'No instance fits the filter.')];
  if (!app.kinds.length) return [h('strong', {}, 'This contract keeps nothing.'), h('p', {}, 'Its operations are answered with their examples. The journal shows what was asked.')];
  return [h('strong', {}, 'Nothing is there yet.'), h('p', {}, 'What clients create appears here, with its state and what will happen to it next.')];
}

function row(app, r) {
  return h('tr', { onclick: (e) => { if (!e.target.closest('button')) choose(app, tr(e).resource); } },
    h('td', { 'data-label': 'Instance' }, h('button', { type: 'button', class: 'plain name', onclick: (e) => choose(app, tr(e).resource) }), h('code', { class: 'id' })),
    h('td', { 'data-label': 'State' }, h('span', { class: 'badge' }), h('span', { class: 'soft back' })),
    h('td', { 'data-label': 'For', class: 'n' }, h('span', { 'data-since': '' })),
    h('td', { 'data-label': 'Next in', class: 'n' }, h('span')),
    h('td', { 'data-label': 'Tenant' }, h('code', { class: 'cut' })));
}

const tr = (event) => event.currentTarget.closest('tr');

function update(app, node, r) {
  node.resource = r;
  const [first, second, since, due, tenant] = [...node.cells].map((td) => td.children);
  const isChosen = keyOf(r) === chosen;
  node.classList.toggle('chosen', isChosen);
  first[0].setAttribute('aria-pressed', isChosen);
  text(first[0], labelOf(r));
  first[1].title = r.id;
  text(first[1], (app.kinds.length > 1 ? r.kind + ' ' : '') + (r.name ? r.id : ''));
  text(second[0], r.state || 'no lifecycle');
  second[0].className = 'badge ' + look(app, r.kind, r.state);
  text(second[1], r.back ? 'then ' + r.back : '');
  since[0].dataset.since = Date.parse(r.since);
  if (r.due) due[0].dataset.due = Date.parse(r.due);
  else {
    delete due[0].dataset.due;
    text(due[0], '–');
  }
  text(tenant[0], r.tenant);
  tenant[0].title = r.tenant;
}
