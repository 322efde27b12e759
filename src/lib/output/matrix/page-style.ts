/** The look of the page. Colours are chosen so that text has a contrast of at least 4.5 in light and dark. */
export const pageStyle = `
:root { color-scheme: light dark; --bg: #ffffff; --fg: #1f2328; --dim: #57606a; --line: #d0d7de; --panel: #f6f8fa;
  --allowed: #1a7f37; --some: #8a5a00; --unknown: #6639ba; --denied: #eaeef2; --on: #ffffff; --on-denied: #57606a; --focus: #0550ae; --stop: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --bg: #0d1117; --fg: #e6edf3; --dim: #9da7b3; --line: #30363d; --panel: #161b22;
  --allowed: #3fb950; --some: #d29922; --unknown: #b392f0; --denied: #21262d; --on: #0d1117; --on-denied: #9da7b3; --focus: #79c0ff; --stop: #ff7b72; } }
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { background: var(--bg); color: var(--fg); font: 14px/1.45 system-ui, sans-serif; display: flex; flex-direction: column; }
header { padding: 10px 16px; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 8px 18px; align-items: center; }
h1 { font-size: 17px; margin: 0; }
h2 { font-size: 15px; margin: 0 0 4px; overflow-wrap: anywhere; }
h3 { font-size: 13px; margin: 12px 0 4px; color: var(--dim); }
label, fieldset { display: inline-flex; gap: 6px; align-items: center; border: 0; margin: 0; padding: 0; }
input, select { font: inherit; color: var(--fg); background: var(--bg); border: 1px solid var(--dim); border-radius: 5px; padding: 3px 7px; }
input:focus-visible, select:focus-visible, #view:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
#legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 14px; margin: 0; padding: 0; color: var(--dim); }
#legend .cell { position: static; display: inline-flex; width: 20px; height: 20px; margin-right: 5px; }
main { flex: 1; min-height: 0; display: flex; }
#frame { flex: 1; min-width: 0; display: grid; grid-template: 215px 1fr / 230px 1fr; }
#corner { display: flex; flex-direction: column; justify-content: end; padding: 6px 8px; color: var(--dim); font-size: 12px; }
#columns, #names { overflow: hidden; position: relative; }
#view { overflow: auto; position: relative; }
.sizer { position: relative; }
.name, .column { position: absolute; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; font-size: 12px; line-height: 28px; }
.name { left: 0; width: 100%; height: 28px; padding: 0 8px; text-align: right; }
.column { bottom: 0; width: 28px; height: 215px; padding: 9px 0 0; writing-mode: vertical-rl; transform: rotate(180deg); top: 0; }
.name.on, .column.on { color: var(--focus); font-weight: 600; }
.cell { position: absolute; width: 26px; height: 26px; border-radius: 4px; display: flex; align-items: center; justify-content: center; font-size: 13px; font-weight: 600; cursor: pointer; background: var(--denied); color: var(--on-denied); }
.cell.allowed { background: var(--allowed); color: var(--on); }
.cell.some { background: var(--some); color: var(--on); }
.cell.unknown { background: var(--unknown); color: var(--on); }
.cell.changed { box-shadow: inset 0 0 0 2px var(--fg); }
.cell.active { outline: 3px solid var(--focus); outline-offset: 0; z-index: 1; }
#detail { width: 400px; overflow: auto; border-left: 1px solid var(--line); background: var(--panel); padding: 12px 16px; }
#detail p { margin: 4px 0; overflow-wrap: anywhere; }
#detail ul { margin: 0; padding-left: 18px; overflow-wrap: anywhere; }
code { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; display: block; user-select: all; }
.strip { list-style: none; margin: 0; padding: 0; }
.strip li { position: relative; padding: 2px 0 10px 22px; overflow-wrap: anywhere; }
.strip li::before { content: ''; position: absolute; left: 4px; top: 7px; width: 10px; height: 10px; border-radius: 50%; background: var(--allowed); }
.strip li::after { content: ''; position: absolute; left: 8px; top: 19px; bottom: -5px; width: 2px; background: var(--line); }
.strip li:last-child::after { display: none; }
.strip li.stop::before { background: var(--stop); border-radius: 0; }
.strip li.never { color: var(--dim); }
.strip li.never::before { background: var(--bg); border: 2px solid var(--dim); }
.strip b { margin-right: 6px; }
.place { color: var(--dim); display: block; font-size: 12px; }
#empty { grid-column: 1 / -1; padding: 20px; color: var(--dim); }
[hidden] { display: none !important; }
@media (max-width: 800px) { main { flex-direction: column; } #detail { width: auto; max-height: 45%; border-left: 0; border-top: 1px solid var(--line); } #frame { grid-template-columns: 130px 1fr; } }
`;
