/** How the reference page looks: one column on a phone, the resources beside it where there is room. */
export const REFERENCE_STYLE = `:root {
  color-scheme: light dark;
  --text: light-dark(#1c2330, #e4e8f0);
  --quiet: light-dark(#5b6475, #9aa4b6);
  --line: light-dark(#dde1e8, #333b4a);
  --ground: light-dark(#fff, #141922);
  --raised: light-dark(#f5f7fa, #1c2330);
  --link: light-dark(#0b5cad, #7db7f5);
  --GET: light-dark(#0b6b3a, #6fd39c);
  --POST: light-dark(#0b5cad, #7db7f5);
  --DELETE: light-dark(#b3261e, #f2938c);
}
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); }
main { max-width: 60rem; padding: 0 1rem 4rem; margin: 0 auto; min-width: 0; }
h1 { font-size: 1.6rem; margin: 1.5rem 0 0.5rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 0.5rem; scroll-margin-top: 1rem; }
a { color: var(--link); }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace; }
nav { border-bottom: 1px solid var(--line); background: var(--raised); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0; padding: 0.75rem 1rem; list-style: none; }
nav a { text-decoration: none; display: inline-block; padding: 0.15rem 0; }
nav a:hover, nav a:focus-visible { text-decoration: underline; }
details { border: 1px solid var(--line); border-radius: 0.5rem; margin: 0.5rem 0; background: var(--raised); }
details > :not(summary) { margin-left: 0.75rem; margin-right: 0.75rem; }
summary { padding: 0.55rem 0.75rem; cursor: pointer; overflow-wrap: anywhere; }
summary b { display: inline-block; min-width: 4.25rem; font-size: 0.8rem; letter-spacing: 0.03em; }
summary span { color: var(--quiet); }
.GET { color: var(--GET); }
.POST { color: var(--POST); }
.DELETE { color: var(--DELETE); }
p { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.925rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--quiet); font-weight: 600; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.6rem 0.75rem; border-radius: 0.375rem; background: var(--ground); border: 1px solid var(--line); }
@media (min-width: 64rem) {
  body { display: grid; grid-template-columns: 17.5rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-bottom: 0; border-right: 1px solid var(--line); }
  nav ul { display: block; padding: 1.5rem 1rem; }
}
`
