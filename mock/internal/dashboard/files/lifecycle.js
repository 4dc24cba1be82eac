import { byId, h, s, keyed, options, text } from './dom.js';
import { part } from './api.js';
import { keyOf, labelOf, look, only, selected } from './instances.js';

let drawn = '', seen = '';

const kindName = () => byId('kind').value;

export function init(app) {
  byId('kind').addEventListener('input', () => show(app));
}

// show draws the lifecycle anew only where the contract has changed.
export function show(app) {
  const living = app.kinds.filter((k) => k.states.length);
  byId('kinds').hidden = living.length < 2;
  options(byId('kind'), living.map((k) => k.name));
  const r = selected();
  if (r && living.some((k) => k.name === r.kind)) byId('kind').value = r.kind;
  const kind = living.find((k) => k.name === kindName());
  byId('lifecycle').classList.toggle('bare-panel', !kind);
  byId('asTable').hidden = !kind;
  const now = JSON.stringify(kind || null);
  if (now !== drawn) {
    drawn = now;
    byId('drawing').replaceChildren(kind ? kind.drawing ? picture(app, kind) : list(kind) : h('div', { class: 'empty' }, h('strong', {}, 'No lifecycle.'), h('p', {}, 'This contract describes no states that a resource passes through.')));
    byId('drawing').scrollLeft = (byId('drawing').scrollWidth - byId('drawing').clientWidth) / 2;
    keyed(byId('rows-arrows'), kind ? kind.transitions : [], (t) => JSON.stringify(t), (t) => h('tr', {}, h('td', {}, t.from || '(new)'), h('td', {}, t.on), h('td', {}, t.to)));
  }
  if (kind) count(app, kind, r);
  else byId('strip').replaceChildren();
  panel(app, r);
}

function list(kind) {
  return h('p', { class: 'empty' }, 'This lifecycle has too many arrows for a drawing, or none; it has ' + kind.states.length + ' states.');
}

function picture(app, kind) {
  const d = kind.drawing;
  const meaning = Object.fromEntries(kind.states.map((t) => [t.name, t.meaning || '']));
  return s('svg', { class: 'diagram', viewBox: [0, -8, d.width + 8, d.height + 8].join(' '), width: d.width + 8, height: d.height + 8, role: 'group', 'aria-label': 'States of ' + kind.name },
    s('defs', {}, s('marker', { id: 'tip', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: 'userSpaceOnUse', orient: 'auto' }, s('path', { class: 'tip', d: 'M0 0L8 4L0 8z' }))),
    d.lines.map((l) => s('g', { class: 'arrow', 'data-from': l.from, 'data-to': l.to }, s('title', {}, (l.from || 'new') + ' → ' + l.to),
      s('path', { class: 'line', d: l.path, 'marker-end': 'url(#tip)' }), l.labels.map((t) => s('text', { x: t.x, y: t.y }, t.text)))),
    d.nodes.map((n) => (n.name ? box(app, kind, n, meaning[n.name]) : s('circle', { class: 'start', cx: n.x, cy: n.y, r: 8 }, s('title', {}, 'new')))));
}

function box(app, kind, n, meaning) {
  const choose = () => { if (selected()) force(app, n.name); };
  const node = s('g', { class: 'node ' + look(app, kind.name, n.name), 'data-state': n.name, transform: 'translate(' + n.x + ' ' + n.y + ')', onclick: choose,
    onkeydown: (e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); choose(); } } },
  s('title', {}, n.name + (meaning ? ': ' + meaning : '')), s('rect', { x: -n.w / 2, y: -n.h / 2, width: n.w, height: n.h, rx: 8 }), s('text', { y: 4 }, n.name),
  s('g', { class: 'count', transform: 'translate(' + (n.w / 2 - 2) + ' ' + (-n.h / 2 + 1) + ')' }, s('rect', { y: -9, height: 18, rx: 9 }), s('text', { y: 4 })));
  return node;
}

// count writes into each state how many are in it, and marks that of the chosen one.
function count(app, kind, r) {
  const many = {};
  for (const one of app.resources) if (one.kind === kind.name) many[one.state] = (many[one.state] || 0) + 1;
  const mine = r && r.kind === kind.name;
  strip(app, kind, many);
  for (const node of document.querySelectorAll('.diagram .node')) {
    const state = node.dataset.state, n = many[state] || 0, pill = node.querySelector('.count');
    pill.classList.toggle('none', !n);
    const width = 14 + 7 * String(n).length;
    text(pill.lastChild, String(n));
    pill.firstChild.setAttribute('width', width);
    pill.firstChild.setAttribute('x', -width / 2);
    node.classList.toggle('here', !!mine && r.state === state);
    node.classList.toggle('held', n > 0);
    if (mine) {
      node.setAttribute('role', 'button');
      node.setAttribute('tabindex', '0');
      node.setAttribute('aria-label', 'Put ' + labelOf(r) + ' into ' + state + ' (' + n + ' there)');
    } else {
      node.setAttribute('role', 'img');
      node.removeAttribute('tabindex');
      node.setAttribute('aria-label', state + ': ' + n);
    }
  }
  for (const arrow of document.querySelectorAll('.diagram .arrow')) arrow.classList.toggle('ahead', !!mine && arrow.dataset.from === r.state);
  if (mine && seen !== keyOf(r) + r.state) {
    seen = keyOf(r) + r.state;
    const here = document.querySelector('.diagram .here');
    if (here) reveal(here);
  }
}

// reveal moves a state to the middle of the drawing, without moving the page.
function reveal(node) {
  const frame = byId('drawing'), at = node.getBoundingClientRect(), of = frame.getBoundingClientRect();
  frame.scrollBy(at.left + at.width / 2 - of.left - of.width / 2, at.top + at.height / 2 - of.top - of.height / 2);
}

// strip says in one line how many are where.
function strip(app, kind, many) {
  const held = kind.states.filter((t) => many[t.name]);
  keyed(byId('strip'), held, (t) => t.name, (t) => h('button', { type: 'button', title: 'Show these only', onclick: () => only(app, t.name) }, h('span', {}, t.name), h('b', { class: 'badge ' + look(app, kind.name, t.name) })), (button, t) => {
    text(button.lastChild, String(many[t.name]));
    button.setAttribute('aria-pressed', byId('instate').value === t.name);
  });
}

// panel is what can be done to the chosen resource. It is made anew for another one only, so that what is being
// written into it stays.
function panel(app, r) {
  const at = byId('chosen'), kind = r && app.kinds.find((k) => k.name === r.kind);
  const key = r && kind.states.length ? keyOf(r) + JSON.stringify(kind.states) : r ? 'stateless' : '';
  if (at.dataset.key !== key) {
    at.dataset.key = key;
    at.replaceChildren(...(!app.resources.length && !r ? [] : !r ? [h('p', { class: 'soft' }, 'Choose an instance to see where it stands, and to force its state.')]
      : !kind.states.length ? [h('p', { class: 'soft' }, labelOf(r) + ' has no lifecycle.')] : controls(app, r, kind)));
  } else if (!r) at.replaceChildren(...(app.resources.length ? [h('p', { class: 'soft' }, 'Choose an instance to see where it stands, and to force its state.')] : []));
  if (!r || !kind.states.length) return;
  because(app);
  text(at.querySelector('.who'), labelOf(r));
  const badge = at.querySelector('.badge');
  text(badge, r.state);
  badge.className = 'badge ' + look(app, r.kind, r.state);
  const now = app.stateOf(r.kind, r.state);
  text(at.querySelector('.meaning'), (now && now.meaning) || '');
  at.querySelector('.finish').disabled = !(now && now.transient) && !r.due && !r.back;
}

function path(what) {
  const r = selected();
  return 'resources/' + part(r.tenant) + '/' + part(r.id) + '/' + what;
}

function controls(app, r, kind) {
  const codes = [...new Set(kind.failing.flatMap((f) => f.codes))];
  return [
    h('p', {}, h('strong', { class: 'who' }), ' ', h('span', { class: 'badge' }), ' ', h('span', { class: 'meaning soft' })),
    h('p', { class: 'soft small whose' }, h('code', {}, r.id), ' of ', h('code', {}, r.tenant)),
    h('form', { id: 'force', class: 'line', onsubmit: (e) => { e.preventDefault(); force(app, e.target.elements.state.value); } },
      h('label', {}, 'State ', h('select', { name: 'state', oninput: () => because(app) }, kind.states.map((t) => h('option', { selected: t.name === r.state }, t.name)))),
      h('label', {}, 'for ', h('input', { name: 'for', size: 6, placeholder: 'good', autocomplete: 'off', title: 'A duration such as 90s on the clock of the mock; empty for good' })),
      codes.length > 0 && h('label', { class: 'because' }, 'because ', h('select', { name: 'code' }, h('option', { value: '' }, 'as usual'), codes.map((c) => h('option', {}, c)))),
      h('button', {}, 'Force'),
      h('span', { class: 'gap' }),
      h('button', { type: 'button', class: 'finish', title: 'End the transient state, or serve the turn', onclick: () => app.act(() => app.api.post(path('finish'))) }, 'Finish'),
      h('button', { type: 'button', title: 'Let the platform fail it', onclick: () => app.act(() => app.api.post(path('fault'))) }, 'Let it fail'))];
}

// because asks for a reason in a state of failures only.
function because(app) {
  const label = document.querySelector('#force .because'), r = selected();
  if (label && r) label.hidden = !(app.stateOf(r.kind, byId('force').elements.state.value) || {}).failed;
}

// force asks first: it is nothing that the API would do.
async function force(app, state) {
  const r = selected(), form = byId('force');
  const body = { state };
  if (form.elements.for.value.trim()) body.for = form.elements.for.value.trim();
  const failed = app.stateOf(r.kind, state).failed;
  if (failed && form.elements.code && form.elements.code.value) body.code = form.elements.code.value;
  const how = (body.for ? ' for ' + body.for : '') + (body.code ? ' because of ' + body.code : '');
  const target = path('state');
  if (await app.ask('Put ' + labelOf(r) + ' into ' + state + how + '?', 'Force')) app.act(() => app.api.put(target, body));
}
