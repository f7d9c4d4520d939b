// The style of the HTML report and the script that sorts and searches its table. Without scripts nothing is
// missing.

enum ReportStyle {
    static let css = """
        body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
        main { max-width: 1400px; margin: 0 auto; padding: 28px 24px 64px }
        h1 { font-size: 24px; line-height: 1.25; margin: 0 0 6px; overflow-wrap: anywhere }
        h2 { font-size: 18px; margin: 36px 0 10px }
        .count { color: var(--faint); font-weight: 400 }
        .verdict { font-size: 17px; font-weight: 600; margin: 0 0 12px }
        .good { color: var(--good) } .bad { color: var(--bad) }
        .note { color: var(--faint); margin: 4px 0 }
        .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 12px; margin: 16px 0 }
        .sides div { display: flex; gap: 12px; padding: 12px 14px; background: var(--raised);
          border: 1px solid var(--line); border-radius: 8px; overflow-wrap: anywhere }
        .sides dt { font-weight: 700; color: var(--faint) } .sides dd { margin: 0 }
        .scroll { overflow-x: auto }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums }
        .rows { width: 100%; font-size: 13px }
        .rows th, .rows td { padding: 5px 10px; text-align: left; border-bottom: 1px solid var(--line);
          vertical-align: top }
        .rows tbody th { font: 12.5px ui-monospace, monospace; min-width: 160px }
        .rows .n { text-align: right; white-space: nowrap }
        #tensors td, #tensors tbody th { white-space: nowrap }
        .rows:not(#tensors) td { overflow-wrap: anywhere }
        .rows thead th { position: sticky; top: 0; background: var(--page); color: var(--faint); font-weight: 600;
          white-space: nowrap }
        .rows tbody tr:hover { background: var(--raised) }
        .rows button { all: unset; cursor: pointer }
        .rows button:hover { color: var(--accent) }
        .rows button:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
        th[aria-sort=descending] button::after { content: " ▾" } th[aria-sort=ascending] button::after { content: " ▴" }
        input { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line);
          border-radius: 6px; padding: 4px 10px; width: 260px }
        output { color: var(--faint); margin-left: 10px }
        .legend { display: flex; flex-wrap: wrap; align-items: center; gap: 2px; color: var(--faint); margin: 0 0 14px }
        .legend span { padding: 1px 10px; font-size: 12px; border-radius: 3px } .legend span:first-of-type { margin-left: 8px }
        .maps { display: flex; flex-wrap: wrap; gap: 32px; align-items: flex-start }
        .heat { border-collapse: separate; border-spacing: 2px; font-size: 11px }
        .heat caption { text-align: left; font-size: 14px; font-weight: 600; padding-bottom: 4px }
        .heat th { font-weight: 400; color: var(--faint); text-align: right; padding: 0 6px; white-space: nowrap }
        .heat thead th { vertical-align: bottom; padding: 0; text-align: left }
        .heat thead span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); padding: 4px 14px }
        .heat td { width: 46px; height: 20px; text-align: center; border-radius: 3px; padding: 0 2px }
        .strip th { text-align: left }
        """

    static let script = """
        const table = document.getElementById("tensors");
        if (table) {
          const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
          const key = (row, column) => {
            const cell = row.cells[column], value = cell.dataset.v;
            return value === undefined ? cell.textContent : value === "inf" ? Infinity : Number(value);
          };
          const sort = (column) => {
            const head = heads[column], down = head.ariaSort !== "descending";
            heads.forEach((other) => other.removeAttribute("aria-sort"));
            head.ariaSort = down ? "descending" : "ascending";
            const sign = down ? -1 : 1;
            rows.sort((a, b) => {
              const x = key(a, column), y = key(b, column);
              return sign * (typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x === y ? 0 : x < y ? -1 : 1);
            });
            body.append(...rows);
          };
          heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => sort(column)));
          const find = document.getElementById("find"), found = document.getElementById("found");
          find.addEventListener("input", () => {
            const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean);
            let count = 0;
            for (const row of rows) {
              const name = row.cells[0].textContent.toLowerCase();
              row.hidden = !words.every((word) => name.includes(word));
              if (!row.hidden) count += 1;
            }
            found.textContent = words.length ? `${count} of ${rows.length}` : "";
          });
        }
        """
}
