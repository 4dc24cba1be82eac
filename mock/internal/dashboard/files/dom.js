// Elements are made here and nowhere else. What comes from a mock becomes text, never HTML.

const svgSpace = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== false));
  return node;
}

// h makes an HTML element. An attribute whose name begins with "on" is a listener.
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

// s makes an SVG element.
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(svgSpace, tag), attributes, children);
}

export const byId = (id) => document.getElementById(id);

// text changes what an element says, and touches it only if that is something else.
export function text(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

// keyed makes the children of a parent those of the items, and keeps those that stay, with their focus.
// make gives a new child, update brings one up to date.
export function keyed(parent, items, keyOf, make, update) {
  const old = new Map();
  for (const child of parent.children) old.set(child.dataset.key, child);
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let child = old.get(key);
    old.delete(key);
    if (!child) {
      child = make(item);
      child.dataset.key = key;
    }
    if (update) update(child, item);
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
  for (const child of old.values()) child.remove();
}

// options makes the options of a select, and keeps what is chosen.
export function options(select, items) {
  const wanted = items.map((i) => (Array.isArray(i) ? i : [i, i]));
  const same = JSON.stringify(wanted);
  if (select.dataset.options === same) return;
  select.dataset.options = same;
  const chosen = select.value;
  select.replaceChildren(...wanted.map(([value, label]) => h('option', { value }, label)));
  if (wanted.some(([value]) => value === chosen)) select.value = chosen;
}

// short is a length of time for people, from milliseconds.
export function short(ms) {
  const sign = ms < 0 ? '−' : '';
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 10) return sign + (Math.floor(seconds * 10) / 10).toFixed(1) + ' s';
  if (seconds < 60) return sign + Math.floor(seconds) + ' s';
  const units = [[86400 * 365, 'y'], [86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const i = units.findIndex(([size]) => seconds >= size);
  const [size, unit] = units[i];
  const rest = Math.floor((seconds % size) / units[i + 1][0]);
  return sign + Math.floor(seconds / size) + ' ' + unit + (rest ? ' ' + rest + ' ' + units[i + 1][1] : '');
}

// clockTime is a time as the mock has it, without the day where that is of today.
export function clockTime(iso, today) {
  const [day, time] = iso.replace(/Z$/, '').split('T');
  const short = time.replace(/(\.\d{3})\d*$/, '$1');
  return day === today ? short : day + ' ' + short;
}
