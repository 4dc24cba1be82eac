import { api, Away, Refused } from './api.js';
import { byId, h, text } from './dom.js';
import * as clock from './clock.js';
import * as explain from './explain.js';
import * as faults from './faults.js';
import * as instances from './instances.js';
import * as journal from './journal.js';
import * as lifecycle from './lifecycle.js';
import * as worlds from './worlds.js';

const pause = 1000; // milliseconds between two looks
const longest = 30000; // between two tries while the mock is away
const rereading = 20; // looks between two readings of the contract
const courtesy = 10; // a look may take this part of the time at most: one of many instances is no load

const app = {
  world: '', kinds: [], resources: [], operations: [], errors: {},
  act, ask, contract, form, look, refresh,
  journal: () => quietly(async () => journal.show(app, await soft(app.api.get(journal.query())))),
  chosen: () => lifecycle.show(app),
  stateOf: (kind, state) => (app.kinds.find((k) => k.name === kind) || { states: [] }).states.find((t) => t.name === state),
};
app.api = api(() => app.world);

let timer = 0, working = false, again = false, tries = 0, looks = 0, readAs = '';

// soft gives what a refusal says in place of an answer.
async function soft(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Refused) return { refused: error.message };
    throw error;
  }
}

// contract reads what the mock plays.
async function contract() {
  const [played, living] = await Promise.all([app.api.outside('operations'), app.api.outside('lifecycles')]);
  const now = JSON.stringify([played, living]);
  if (now === readAs) return;
  readAs = now;
  app.kinds = living.kinds;
  app.operations = played.operations;
  app.errors = Object.fromEntries(played.errors.map((e) => [e.code, e]));
  text(byId('contract'), played.title + ' ' + played.version);
  document.title = 'Tallystick · ' + played.title;
  journal.operations(app.operations);
  faults.contract(app);
}

async function read() {
  if (looks++ % rereading === 0) await contract();
  const [boxes, kept] = await Promise.all([app.api.outside('sandboxes'), app.api.outside('snapshots')]);
  if (!worlds.show(app, boxes.sandboxes, kept.snapshots)) return 'the sandbox ' + app.world + ' is gone';
  const world = app.world;
  const requests = journal.isFollowing() ? soft(app.api.get(journal.query())) : null;
  const [time, all, planted, waiting, asked] = await Promise.all([app.api.get('clock'), app.api.get('resources'), app.api.get('faults'), app.api.get('failures'), requests]);
  if (world !== app.world) return '';
  clock.show(time);
  app.resources = all.resources;
  instances.show(app, all.resources);
  lifecycle.show(app);
  faults.showFaults(app, planted.faults);
  faults.showFailures(app, waiting.failures);
  if (asked) journal.show(app, asked);
  clock.tick();
  return '';
}

// refresh looks at the mock now, and goes on looking.
async function refresh() {
  clearTimeout(timer);
  if (working) {
    again = true;
    return;
  }
  working = true;
  let wait = pause;
  const begun = performance.now();
  try {
    const problem = await read();
    tries = 0;
    link(problem ? 'away' : 'live', problem || 'live');
    wait = Math.max(pause, courtesy * (performance.now() - begun));
  } catch (error) {
    if (!(error instanceof Away) && !(error instanceof Refused)) throw error;
    wait = Math.min(longest, pause * 2 ** tries++);
    link('away', (error instanceof Away ? 'The mock does not answer' : error.message) + '; next try in ' + Math.round(wait / 1000) + ' s');
  } finally {
    working = false;
    if (again) {
      again = false;
      refresh();
    } else if (!document.hidden) timer = setTimeout(refresh, wait);
  }
}

function link(kind, says) {
  const at = byId('link');
  at.className = 'link ' + kind;
  text(at, says);
  document.body.classList.toggle('away', kind === 'away');
  byId('retry').hidden = kind !== 'away';
}

// quietly does something, and tells what went wrong.
async function quietly(deed) {
  try {
    await deed();
    return true;
  } catch (error) {
    if (!(error instanceof Away) && !(error instanceof Refused)) throw error;
    toast(error instanceof Away ? 'The mock does not answer.' : error.message, 'wrong');
    return false;
  }
}

// act carries out a call, and looks at what has become of it.
async function act(deed, done) {
  const well = await quietly(deed);
  if (well && done) toast(done, 'done');
  refresh();
  return well;
}

// form lets a form carry out a call with its values, and empties it afterwards where that is wanted.
function form(id, send, empty = true) {
  const at = byId(id);
  at.addEventListener('submit', async (e) => {
    e.preventDefault();
    const well = await act(() => send(Object.fromEntries(new FormData(at))));
    if (well && empty) at.reset();
  });
}

// ask wants a yes before something is lost.
function ask(question, yes) {
  const dialog = byId('ask');
  text(byId('ask-text'), question);
  text(byId('ask-yes'), yes);
  dialog.showModal();
  const asked = new AbortController();
  // Not the event close: it comes late, and would answer a question that somebody asks meanwhile.
  return new Promise((resolve) => {
    const answer = (yes) => { asked.abort(); resolve(yes); };
    dialog.addEventListener('submit', (e) => answer(e.submitter?.value === 'yes'), { signal: asked.signal });
    dialog.addEventListener('cancel', () => answer(false), { signal: asked.signal });
  });
}

function toast(message, kind) {
  const note = h('div', { class: 'toast ' + kind }, h('span', {}, message), h('button', { type: 'button', 'aria-label': 'Dismiss', onclick: () => note.remove() }, '×'));
  byId('toasts').append(note);
  setTimeout(() => note.remove(), kind === 'wrong' ? 12000 : 4000);
}

// look turns to another world.
function look(world) {
  app.world = world;
  refresh();
}

for (const panel of [clock, explain, faults, instances, journal, lifecycle, worlds]) panel.init(app);
byId('retry').addEventListener('click', () => { tries = 0; refresh(); });
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    clearTimeout(timer);
    link('paused', 'paused while hidden');
  } else refresh();
});
refresh();
