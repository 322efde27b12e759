/**
 * What the page does. It runs in browsers as it is written here, so it keeps to what they have had for years. Names come in as text
 * only (`textContent`), and only the cells that are in view are there, so that thousands cost nothing.
 */
export const pageScript = String.raw`'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const byId = (id) => document.getElementById(id);
  const SIZE = 28, STATIONS = data.stations, VERDICTS = ['allowed', 'some', 'denied', 'unknown'];
  const SIGNS = { allowed: '●', some: '◐', denied: '·', unknown: '?' };
  const decode = (text) => {
    const cells = [];
    for (const token of text === '' ? [] : text.split(' ')) {
      const [number, times] = token.split('*');
      for (let left = times ? parseInt(times, 36) : 1; left > 0; left--) cells.push(parseInt(number, 36));
    }
    return cells;
  };
  const sideOf = (side) => side && { of: side.of, rows: side.rows.map(decode) };
  const now = sideOf(data.now), before = sideOf(data.before);
  const at = (side, row, column) => side.rows[side.of[row]][column];
  const word = (number) => VERDICTS[data.outcomes[number][0]];
  let mode = before ? 'changes' : 'now', rows = [], columns = [], active = { row: 0, column: 0 };
  const shownNumber = (row, column) => at(mode === 'before' ? before : now, row, column);
  const changed = (row, column) => before !== null && data.same[at(now, row, column)] !== data.same[at(before, row, column)];

  const view = byId('view');
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const filled = (index, row, column) =>
    data.texts[index].replaceAll('\u0001', data.sources[row]).replaceAll('\u0002', data.hosts[column]);

  const wanted = (row, column) => {
    const choice = byId('only').value;
    if (choice === '') return true;
    return choice === 'changed' ? changed(row, column) : word(shownNumber(row, column)) === choice;
  };
  const matching = (names, text) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return names.flatMap((name, index) => (words.every((one) => name.toLowerCase().includes(one)) ? [index] : []));
  };
  const refilter = () => {
    rows = matching(data.sources, byId('sources').value);
    columns = matching(data.columns, byId('destinations').value);
    if (byId('only').value !== '') {
      const all = columns;
      rows = rows.filter((row) => all.some((column) => wanted(row, column)));
      columns = columns.filter((column) => rows.some((row) => wanted(row, column)));
    }
    active = { row: Math.max(0, Math.min(active.row, rows.length - 1)), column: Math.max(0, Math.min(active.column, columns.length - 1)) };
    const isEmpty = rows.length === 0 || columns.length === 0;
    byId('empty').hidden = !isEmpty;
    for (const id of ['corner', 'columns', 'names', 'view']) byId(id).hidden = isEmpty;
    byId('count').textContent = rows.length + ' of ' + data.sources.length + ' sources, ' + columns.length + ' of ' + data.columns.length + ' destinations';
    view.setAttribute('aria-rowcount', String(rows.length));
    view.setAttribute('aria-colcount', String(columns.length));
    for (const [id, width, height] of [['cells', columns.length, rows.length], ['heads', columns.length, 0], ['sides', 0, rows.length]]) {
      const sizer = byId(id);
      if (width > 0) sizer.style.width = width * SIZE + 20 + 'px';
      if (height > 0) sizer.style.height = height * SIZE + 20 + 'px';
    }
    draw();
    tell();
  };

  const draw = () => {
    if (rows.length === 0 || columns.length === 0) return byId('cells').replaceChildren();
    const firstRow = Math.max(0, Math.floor(view.scrollTop / SIZE) - 2);
    const lastRow = Math.min(rows.length, Math.ceil((view.scrollTop + view.clientHeight) / SIZE) + 2);
    const firstColumn = Math.max(0, Math.floor(view.scrollLeft / SIZE) - 2);
    const lastColumn = Math.min(columns.length, Math.ceil((view.scrollLeft + view.clientWidth) / SIZE) + 2);
    const cells = document.createDocumentFragment(), sides = document.createDocumentFragment(), heads = document.createDocumentFragment();
    for (let y = firstRow; y < lastRow; y++) {
      const line = element('div');
      line.setAttribute('role', 'row');
      line.setAttribute('aria-rowindex', String(y + 1));
      for (let x = firstColumn; x < lastColumn; x++) line.append(cellAt(y, x));
      cells.append(line);
      const name = element('div', 'name' + (y === active.row ? ' on' : ''), data.sources[rows[y]]);
      name.title = data.sources[rows[y]];
      name.style.top = y * SIZE + 'px';
      sides.append(name);
    }
    for (let x = firstColumn; x < lastColumn; x++) {
      const name = element('div', 'column' + (x === active.column ? ' on' : ''), data.columns[columns[x]]);
      name.title = data.columns[columns[x]];
      name.style.left = x * SIZE + 'px';
      heads.append(name);
    }
    byId('cells').replaceChildren(cells);
    byId('sides').replaceChildren(sides);
    byId('heads').replaceChildren(heads);
    byId('names').scrollTop = view.scrollTop;
    byId('columns').scrollLeft = view.scrollLeft;
    const isDrawn = active.row >= firstRow && active.row < lastRow && active.column >= firstColumn && active.column < lastColumn;
    if (isDrawn) view.setAttribute('aria-activedescendant', 'active');
    else view.removeAttribute('aria-activedescendant');
  };

  const labelOf = (row, column) => {
    const said = data.sources[row] + ' to ' + data.columns[column] + ': ' + data.meanings[word(shownNumber(row, column))];
    if (!changed(row, column)) return said;
    return data.sources[row] + ' to ' + data.columns[column] + ': now ' + data.meanings[word(at(now, row, column))] + ', before ' + data.meanings[word(at(before, row, column))];
  };
  const cellAt = (y, x) => {
    const row = rows[y], column = columns[x], verdict = word(shownNumber(row, column)), isChanged = changed(row, column);
    const isActive = y === active.row && x === active.column;
    const cell = element('div', 'cell ' + verdict + (isActive ? ' active' : '') + (mode === 'changes' && isChanged ? ' changed' : ''));
    cell.textContent = mode === 'changes' && isChanged ? SIGNS[word(at(before, row, column))] + SIGNS[verdict] : SIGNS[verdict];
    cell.setAttribute('role', 'gridcell');
    cell.setAttribute('aria-colindex', String(x + 1));
    cell.setAttribute('aria-label', labelOf(row, column));
    cell.setAttribute('aria-selected', String(isActive));
    if (isActive) cell.id = 'active';
    cell.dataset.y = String(y);
    cell.dataset.x = String(x);
    cell.style.top = y * SIZE + 1 + 'px';
    cell.style.left = x * SIZE + 1 + 'px';
    return cell;
  };

  const journey = (number, row, column, title) => {
    const [verdict, requests, reason, steps, decidedBy, example] = data.outcomes[number];
    const made = document.createDocumentFragment();
    const text = (index) => filled(index, row, column);
    if (title) made.append(element('h3', '', title));
    made.append(element('p', 'verdict', data.meanings[VERDICTS[verdict]]));
    if (requests.length > 0) {
      const list = element('ul', 'requests');
      for (const index of requests) list.append(element('li', '', text(index)));
      made.append(list);
    }
    made.append(element('p', 'reason', text(reason)));
    const strip = element('ol', 'strip');
    const passed = new Map(data.journeys[steps].map((step) => [step[0], step]));
    const stopped = data.journeys[steps].some((step) => step[1] === 1);
    STATIONS.forEach((station, index) => {
      const step = passed.get(index);
      const item = element('li', step ? (step[1] === 1 ? 'stop' : '') : 'never');
      item.append(element('b', '', station));
      if (!step) item.append(stopped ? 'not reached' : 'not on the way');
      else {
        item.append(step[2].map(text).join('; '));
        for (const place of step[3]) item.append(element('span', 'place', text(place)));
      }
      strip.append(item);
    });
    made.append(element('h3', '', 'The journey'), strip);
    if (decidedBy.length > 0) {
      const list = element('ul', 'decided');
      for (const index of decidedBy) list.append(element('li', '', text(index)));
      made.append(element('h3', '', 'Decided by'), list);
    }
    made.append(element('h3', '', 'For example'), element('code', '', text(example)));
    return made;
  };
  const tell = (y = active.row, x = active.column) => {
    const detail = byId('detail');
    if (rows.length === 0 || columns.length === 0) return detail.replaceChildren(element('p', '', 'Nothing is selected.'));
    const row = rows[y], column = columns[x];
    const parts = [element('h2', '', data.sources[row] + ' → ' + data.columns[column])];
    if (mode === 'changes' && changed(row, column)) {
      parts.push(journey(at(now, row, column), row, column, 'Now'), journey(at(before, row, column), row, column, 'Before'));
    } else parts.push(journey(shownNumber(row, column), row, column, ''));
    detail.replaceChildren(...parts);
  };

  const move = (row, column) => {
    active = { row: Math.max(0, Math.min(row, rows.length - 1)), column: Math.max(0, Math.min(column, columns.length - 1)) };
    const [top, left] = [active.row * SIZE, active.column * SIZE];
    if (top < view.scrollTop) view.scrollTop = top;
    if (top + SIZE > view.scrollTop + view.clientHeight) view.scrollTop = top + SIZE - view.clientHeight;
    if (left < view.scrollLeft) view.scrollLeft = left;
    if (left + SIZE > view.scrollLeft + view.clientWidth) view.scrollLeft = left + SIZE - view.clientWidth;
    draw();
    tell();
  };
  view.addEventListener('keydown', (event) => {
    const { row, column } = active, page = Math.max(1, Math.floor(view.clientHeight / SIZE) - 1);
    const all = event.ctrlKey || event.metaKey;
    const to = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      Home: [all ? 0 : row, 0], End: [all ? rows.length - 1 : row, columns.length - 1],
      PageUp: [row - page, column], PageDown: [row + page, column],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    move(to[0], to[1]);
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = /^(INPUT|SELECT)$/.test(event.target.tagName);
    if (event.key === '/' && !isTyping) {
      event.preventDefault();
      byId('sources').focus();
    } else if (event.key === 'Escape' && isTyping) view.focus();
  });
  const placeOf = (event) => {
    const cell = event.target.closest('.cell');
    return cell && cell.dataset.y !== undefined ? [Number(cell.dataset.y), Number(cell.dataset.x)] : undefined;
  };
  view.addEventListener('mouseover', (event) => {
    const place = placeOf(event);
    if (place) tell(place[0], place[1]);
  });
  view.addEventListener('mouseleave', () => tell());
  view.addEventListener('click', (event) => {
    const place = placeOf(event);
    if (place) move(place[0], place[1]);
  });
  let isDue = false;
  const later = () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      draw();
    });
  };
  view.addEventListener('scroll', later);
  addEventListener('resize', later);
  for (const id of ['sources', 'destinations', 'only']) byId(id).addEventListener('input', refilter);
  for (const radio of document.querySelectorAll('input[name=mode]')) {
    radio.checked = radio.value === mode;
    radio.addEventListener('change', () => {
      mode = radio.value;
      refilter();
    });
  }
  byId('modes').hidden = before === null;
  byId('changed').hidden = byId('changed').disabled = before === null;
  refilter();
})();
`;
