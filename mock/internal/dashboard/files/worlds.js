import { byId, h, keyed, options, text } from './dom.js';
import { part } from './api.js';

export function init(app) {
  byId('worlds').append(
    h('div', {}, h('h3', {}, 'Snapshot'), h('p', { class: 'soft' }, 'All state as JSON: to keep, and to put back.'),
      h('div', { class: 'buttons' }, h('button', { type: 'button', id: 'download', onclick: () => download(app) }, 'Download'),
        h('label', { class: 'button' }, 'Restore …', h('input', { type: 'file', id: 'restore', class: 'hidden', accept: '.json,application/json', onchange: (e) => restore(app, e.target) })),
        h('button', { type: 'button', id: 'reset', class: 'danger', onclick: () => reset(app) }, 'Reset'),
        h('button', { type: 'button', id: 'reload', title: 'Read the contract again, and go on under it with all state', onclick: () => app.act(async () => { await app.api.post('reload'); await app.contract(); }) }, 'Reload contract'))),
    h('div', {}, h('h3', {}, 'Kept snapshots'), h('ul', { class: 'list', id: 'list-kept' }), h('p', { class: 'soft', id: 'none-kept' }, 'None: keep one, for sandboxes to begin as.'),
      h('form', { class: 'line', id: 'keep' }, named('Name'), h('button', {}, 'Keep'))),
    h('div', {}, h('h3', {}, 'Sandboxes'), h('ul', { class: 'list', id: 'list-sandboxes' }), h('p', { class: 'soft', id: 'none-sandboxes' }, 'None: a request with the header X-Tally-Sandbox makes one.'),
      h('form', { class: 'line', id: 'make' }, named('Name'), h('label', {}, 'from ', h('select', { name: 'from' })), h('button', {}, 'Make'))));
  app.form('keep', (v) => app.api.post('snapshots/' + part(v.name)));
  app.form('make', (v) => app.api.put('sandboxes/' + part(v.name), v.from ? { from: v.from } : {}));
  byId('world').addEventListener('change', (e) => app.look(e.target.value));
}

const named = (label) => h('label', {}, label + ' ', h('input', { name: 'name', required: true, pattern: '[A-Za-z0-9._\\-]{1,64}', size: 10, autocomplete: 'off', title: 'Letters, digits, dots, underscores and hyphens' }));

async function download(app) {
  await app.act(async () => {
    const body = await app.api.text('snapshot');
    const url = URL.createObjectURL(new Blob([body], { type: 'application/json' }));
    h('a', { href: url, download: 'tally-' + (app.world || 'main') + '.json' }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  });
}

async function restore(app, input) {
  const file = input.files[0];
  input.value = '';
  if (!file || !await app.ask('Put ' + file.name + ' in place of all state of this world?', 'Restore')) return;
  app.act(async () => app.api.put('snapshot', await file.text()), 'It is restored.');
}

async function reset(app) {
  if (await app.ask('Put everything in this world back to the start? Instances, tokens, faults and the journal are lost.', 'Reset')) app.act(() => app.api.post('reset'), 'Everything is back at the start.');
}

// show lists sandboxes and kept snapshots, and tells whether the one that is looked at is there.
export function show(app, sandboxes, kept) {
  const names = sandboxes.map((s) => s.name);
  const gone = app.world && !names.includes(app.world);
  options(byId('world'), [['', 'main'], ...names, ...(gone ? [[app.world, app.world + ' (gone)']] : [])]);
  byId('world').value = app.world;
  byId('none-sandboxes').hidden = names.length > 0;
  keyed(byId('list-sandboxes'), sandboxes, (s) => s.name, (s) => h('li', {}, h('code', {}, s.name), h('span', { class: 'soft' }),
    h('button', { type: 'button', onclick: () => app.look(s.name) }, 'Look at'),
    h('button', { type: 'button', 'aria-label': 'Drop the sandbox ' + s.name, onclick: async () => { if (await app.ask('Drop the sandbox ' + s.name + '?', 'Drop')) app.act(() => app.api.drop('sandboxes/' + part(s.name))); } }, 'Drop')),
  (li, s) => {
    text(li.children[1], s.resources === 1 ? '1 instance' : s.resources + ' instances');
    li.children[2].disabled = s.name === app.world;
  });
  byId('none-kept').hidden = kept.length > 0;
  keyed(byId('list-kept'), kept, (k) => k.name, (k) => h('li', {}, h('code', {}, k.name), h('span', { class: 'soft' }),
    h('button', { type: 'button', 'aria-label': 'Forget the snapshot ' + k.name, onclick: () => app.act(() => app.api.drop('snapshots/' + part(k.name))) }, 'Forget')),
  (li, k) => text(li.children[1], k.resources === 1 ? '1 instance' : k.resources + ' instances'));
  options(byId('make').elements.from, [['', 'the start'], ...kept.map((k) => k.name)]);
  return !gone;
}
