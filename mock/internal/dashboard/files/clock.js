import { byId, text, short } from './dom.js';

const step = 250; // milliseconds between two looks at the time

// The clock of the mock goes on by itself between two answers.
let known = null, heard = 0;

// mockNow is the mock's time in milliseconds; undefined before the first answer.
export function mockNow() {
  if (!known) return undefined;
  const base = Date.parse(known.now);
  return known.frozen ? base : base + (performance.now() - heard) * known.speed;
}

export const today = () => (known ? known.now.slice(0, 10) : '');

export function init(app) {
  byId('freeze').addEventListener('click', () => app.act(() => app.api.post(known && known.frozen ? 'clock/resume' : 'clock/freeze')));
  for (const button of document.querySelectorAll('[data-by]')) {
    button.addEventListener('click', () => app.act(() => app.api.post('clock/advance', { by: button.dataset.by })));
  }
  byId('next').addEventListener('click', () => app.act(() => app.api.post('clock/advance', { to: 'next' })));
  app.form('advance', (f) => app.api.post('clock/advance', { by: f.by }));
  app.form('settime', (f) => app.api.put('clock', { now: f.now }));
  app.form('speed', (f) => app.api.put('clock/speed', { speed: Number(f.speed) }));
  setInterval(() => { if (!document.hidden) tick(); }, step);
}

export function show(clock) {
  known = clock;
  heard = performance.now();
  text(byId('freeze'), clock.frozen ? 'Resume' : 'Freeze');
  const pace = byId('pace');
  text(pace, clock.frozen ? 'frozen' : clock.speed === 1 ? 'running' : 'running × ' + clock.speed);
  pace.className = 'badge ' + (clock.frozen ? 'frozen' : 'running');
  const speed = byId('speed').elements.speed;
  if (document.activeElement !== speed) speed.value = clock.speed;
  byId('next').disabled = !clock.next;
  tick();
}

// tick brings all times on the page up to now.
export function tick() {
  const now = mockNow();
  if (now === undefined) return;
  const shown = new Date(now).toISOString();
  text(byId('now'), shown.slice(0, 10) + ' ' + shown.slice(11, 19));
  byId('now').setAttribute('datetime', shown);
  text(byId('next'), known.next ? 'Next event in ' + short(Math.max(0, Date.parse(known.next) - now)) : 'No event ahead');
  for (const node of document.querySelectorAll('[data-since]')) text(node, short(Math.max(0, now - Number(node.dataset.since))));
  for (const node of document.querySelectorAll('[data-due]')) {
    const left = Number(node.dataset.due) - now;
    text(node, left <= 0 ? 'now' : short(left));
  }
}
