(function () {
  'use strict';
  var root = document.documentElement, byId = function (id) { return document.getElementById(id); };
  root.classList.add('on');

  // Dark or light, kept where the browser lets a page keep something.
  var keep = function (value) { try { localStorage.setItem('tally-theme', value); } catch (e) { /* not kept */ } };
  try {
    var kept = localStorage.getItem('tally-theme');
    if (kept === 'dark' || kept === 'light') root.dataset.theme = kept;
  } catch (e) { /* follow the system */ }
  byId('theme').addEventListener('click', function () {
    var dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    keep(root.dataset.theme);
  });

  // The filters of the table.
  var text = byId('text'), outcome = byId('outcome'), level = byId('level'), suite = byId('suite');
  var rows = Array.prototype.slice.call(document.querySelectorAll('.checks tbody tr'));
  var words = rows.map(function (row) { return row.textContent.toLowerCase(); });
  function filter() {
    var wanted = text.value.toLowerCase().split(/\s+/), shown = 0;
    rows.forEach(function (row, i) {
      var fits = (!outcome.value || row.dataset.outcome === outcome.value) && (!level.value || row.dataset.level === level.value) &&
        (!suite.value || row.dataset.suite === suite.value) && wanted.every(function (w) { return words[i].indexOf(w) >= 0; });
      row.hidden = !fits;
      if (fits) shown++;
    });
    byId('shown').textContent = shown + ' of ' + rows.length;
    byId('nothing').hidden = shown > 0;
  }
  [text, outcome, level, suite].forEach(function (e) { e.addEventListener('input', filter); });
  var form = document.querySelector('.filters');
  form.addEventListener('submit', function (e) { e.preventDefault(); });
  form.addEventListener('reset', function () { setTimeout(filter, 0); });
  document.querySelectorAll('[data-pick]').forEach(function (card) {
    card.addEventListener('click', function () {
      form.reset();
      outcome.value = card.dataset.pick;
      setTimeout(filter, 0);
    });
  });

  // What a link leads to is shown and opened.
  function reveal() {
    var target = location.hash.length > 1 && byId(location.hash.slice(1));
    if (!target) return;
    if (target.hidden) { form.reset(); setTimeout(function () { filter(); target.scrollIntoView(); }, 0); }
    var details = target.tagName === 'DETAILS' ? target : target.querySelector('td details');
    if (details) details.open = true;
    target.scrollIntoView();
  }
  addEventListener('hashchange', reveal);
  reveal();

  // The line below the grid says what the cell is about.
  var cell = byId('cell'), grid = document.querySelector('.grid');
  if (cell && grid) ['mouseover', 'focusin'].forEach(function (kind) {
    grid.addEventListener(kind, function (e) {
      var at = e.target.closest('.cell');
      if (at) cell.textContent = at.title;
    });
  });

  // Copying, also where the clipboard is only there for secure pages.
  function copy(value) {
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(value);
    var area = document.createElement('textarea');
    area.value = value;
    document.body.appendChild(area);
    area.select();
    var done = document.execCommand('copy');
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error('not copied'));
  }
  document.querySelectorAll('.copy').forEach(function (button) {
    button.addEventListener('click', function () {
      var say = function (word) {
        button.textContent = word;
        setTimeout(function () { button.textContent = 'Copy'; }, 1500);
      };
      copy(button.previousElementSibling.textContent).then(function () { say('Copied'); }, function () { say('Not copied'); });
    });
  });

  // Paper shows what is folded.
  var folded = [];
  addEventListener('beforeprint', function () {
    folded = Array.prototype.filter.call(document.querySelectorAll('.finding, .finding details'), function (d) { return !d.open; });
    folded.forEach(function (d) { d.open = true; });
  });
  addEventListener('afterprint', function () { folded.forEach(function (d) { d.open = false; }); });
})();
