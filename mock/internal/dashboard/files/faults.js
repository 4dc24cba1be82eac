import { byId, h, keyed, options, text } from './dom.js';
import { part } from './api.js';

// What a fault may do, with the member of the control API that asks for it.
const deeds = {
  code: { label: 'answer a code', what: 'code', input: (app) => h('select', { name: 'value' }) },
  status: { label: 'answer a status', what: 'status', input: () => h('input', { name: 'value', type: 'number', min: 200, max: 599, required: true, value: 503 }), read: Number },
  latency: { label: 'be held back', what: 'for', input: () => h('input', { name: 'value', required: true, placeholder: '200ms or 1s-3s', autocomplete: 'off' }) },
  drop: { label: 'lose the connection', what: 'at', input: () => h('select', { name: 'value' }, h('option', { value: 'connection' }, 'before the answer'), h('option', { value: 'headers' }, 'after the headers')) },
  truncate: { label: 'be cut short', what: 'after bytes', input: () => h('input', { name: 'value', type: 'number', min: 0, required: true, value: 10, title: 'Bytes' }), read: Number },
  malformed: { label: 'answer broken JSON', input: () => null, read: () => true },
  rate: { label: 'be answered slowly', what: 'bytes a second', input: () => h('input', { name: 'value', type: 'number', min: 1, required: true, value: 100 }), read: Number },
};

const newFault = () => byId('newfault');

export function init(app) {
  const count = (name, label, hint, kind) => h('label', { class: kind }, label, h('input', { name, type: 'number', min: 0, step: name === 'probability' ? 'any' : 1, max: name === 'probability' ? 1 : undefined, placeholder: hint }));
  newFault().append(
    h('label', { class: 'half' }, 'Requests of ', h('select', { name: 'operation' })),
    h('label', { class: 'half' }, 'shall ', h('select', { name: 'deed' }, Object.entries(deeds).map(([name, d]) => h('option', { value: name }, d.label)))),
    h('div', { class: 'value half' }),
    count('first', 'the first', 'all', 'one'),
    h('button', { class: 'primary' }, 'Plant'),
    h('details', { class: 'all' }, h('summary', {}, 'Which of them'), h('div', { class: 'grid-form' }, count('skip', 'let pass', '0'), count('every', 'every', '1'), count('probability', 'probability', '1'),
      h('label', {}, 'when', h('select', { name: 'when' }, h('option', { value: '' }, 'as suits'), h('option', { value: 'before' }, 'before it is done'), h('option', { value: 'after' }, 'after it is done'))))));
  const f = newFault().elements;
  f.deed.addEventListener('input', () => value(app));
  f.operation.addEventListener('input', () => codes(app));
  value(app);
  app.form('newfault', () => app.api.post('faults', wanted()), false);
  byId('dropfaults').addEventListener('click', async () => { if (await app.ask('Remove all faults of this world?', 'Remove')) app.act(() => app.api.drop('faults')); });

  byId('newfailure').append(
    h('label', { class: 'half' }, 'The next ', h('select', { name: 'event' })), h('label', { class: 'half' }, 'fail because ', h('select', { name: 'code' })),
    h('label', {}, 'times', h('input', { name: 'times', type: 'number', min: 1, max: 1000000, value: 1, required: true })),
    h('label', {}, 'name', h('input', { name: 'name', placeholder: 'any', autocomplete: 'off' })), h('button', { class: 'primary' }, 'Let fail'));
  byId('newfailure').elements.event.addEventListener('input', () => reasons(app));
  app.form('newfailure', (v) => app.api.post('failures', { event: v.event, times: Number(v.times), ...(v.code && { code: v.code }), ...(v.name && { name: v.name }) }), false);
  byId('dropfailures').addEventListener('click', () => app.act(() => app.api.drop('failures')));
}

function wanted() {
  const f = newFault().elements, deed = f.deed.value, read = deeds[deed].read || String;
  const out = { operation: f.operation.value, [deed]: read(f.value ? f.value.value : '') };
  for (const name of ['first', 'skip', 'every', 'probability']) if (f[name].value) out[name] = Number(f[name].value);
  if (f.when.value) out.when = f.when.value;
  return out;
}

function value(app) {
  const f = newFault(), deed = deeds[f.elements.deed.value], input = deed.input(app);
  f.querySelector('.value').replaceChildren(...(input ? [h('label', {}, deed.what || h('span', { class: 'hidden' }, deed.label), input)] : []));
  codes(app);
}

// codes are those that the contract lets the operation answer.
function codes(app) {
  const f = newFault().elements;
  if (f.deed.value !== 'code') return;
  const one = app.operations.find((o) => o.id === f.operation.value);
  const allowed = one ? one.codes : [...new Set(app.operations.flatMap((o) => o.codes))];
  options(f.value, allowed.map((c) => [c, c + (app.errors[c] ? ' · ' + app.errors[c].status + ' ' + (app.errors[c].meaning || '') : '')]));
}

function reasons(app) {
  const f = byId('newfailure').elements;
  const of = app.kinds.flatMap((k) => k.failing).filter((x) => x.event === f.event.value).flatMap((x) => x.codes);
  options(f.code, [['', 'of the usual'], ...new Set(of)]);
}

// contract brings the forms up to a contract.
export function contract(app) {
  const f = newFault().elements;
  options(f.operation, [['*', 'all operations'], ...app.operations.map((o) => o.id)]);
  const answerable = app.operations.some((o) => o.codes.length);
  for (const option of f.deed.options) if (option.value === 'code') option.hidden = option.disabled = !answerable;
  if (!answerable && f.deed.value === 'code') {
    f.deed.value = 'status';
    value(app);
  }
  codes(app);
  const events = [...new Set(app.kinds.flatMap((k) => k.failing).map((x) => x.event))];
  options(byId('newfailure').elements.event, events);
  byId('newfailure').hidden = !events.length;
  text(byId('none-failures'), events.length ? 'Nothing is to fail: what is begun comes to its end.' : 'This contract has nothing that could fail on its way.');
  reasons(app);
}

export function showFaults(app, faults) {
  text(byId('n-faults'), String(faults.length));
  byId('none-faults').hidden = faults.length > 0;
  byId('dropfaults').hidden = !faults.length;
  keyed(byId('list-faults'), faults, (f) => f.id, (f) => h('li', {}, h('code', {}, f.spec), h('span', { class: 'soft' }), h('span', { class: 'badge gone' }, 'spent'),
    h('button', { type: 'button', 'aria-label': 'Remove the fault ' + f.spec, onclick: () => app.act(() => app.api.drop('faults/' + part(f.id))) }, 'Remove')), (li, f) => {
    text(li.children[1], 'hit ' + f.fired + ' of ' + f.matched);
    li.children[2].hidden = !f.spent;
  });
}

export function showFailures(app, failures) {
  byId('none-failures').hidden = failures.length > 0;
  byId('dropfailures').hidden = !failures.length;
  keyed(byId('list-failures'), failures, (f) => JSON.stringify([f.event, f.code, f.tenant, f.name]), (f) => h('li', {}, h('code', {}, f.event), h('span', { class: 'soft' })), (li, f) => {
    text(li.children[1], f.left + ' to come' + (f.name ? ', of ' + f.name : '') + (f.tenant ? ', for ' + f.tenant : '') + (f.code ? ', because of ' + f.code : ''));
  });
}
