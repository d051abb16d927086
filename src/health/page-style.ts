import { createHash } from 'node:crypto'

/**
 * The page's one style sheet. Shape and letter carry the meaning, colour only repeats it: a square
 * is a probe, a circle live traffic; filled is good, struck through is bad.
 */
export const pageStyle = `
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--paper:#fff;--line:#d0d7de;
--card:#f6f8fa;--pass:#116329;--warn:#7d4e00;--fail:#b01c2e}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9aa4af;--paper:#0d1117;
--line:#30363d;--card:#161b22;--pass:#56d364;--warn:#e3b341;--fail:#ff8f89}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1.25rem 1rem 3rem;background:var(--paper);
color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header{border-left:.5rem solid;padding:.25rem 0 .25rem 1rem}
header p{margin:0;color:var(--dim)}
h1{font-size:1.5rem;line-height:1.3;margin:.25rem 0}
h2{font-size:1.05rem;margin:1.75rem 0 .5rem}
.pass{color:var(--pass)}.warn{color:var(--warn)}.fail{color:var(--fail)}
header h1{color:var(--ink)}
.word{font-weight:700;text-transform:uppercase;letter-spacing:.05em}
section p{margin:.4rem 0}
code,pre{font:.9em/1.4 ui-monospace,monospace;background:var(--card);border-radius:4px}
code{padding:.1em .3em}
pre{padding:.6rem;overflow-x:auto;white-space:pre-wrap;border:1px solid var(--line)}
.bar{display:grid;grid-template-columns:repeat(30,minmax(0,1fr));gap:4px;list-style:none;padding:0;
margin:.5rem 0;max-width:56rem}
.bar li,.key i{display:grid;place-items:center;width:100%;max-width:1.5rem;aspect-ratio:1;
border:2px solid;overflow:hidden;font:700 .9rem/1 ui-monospace,monospace}
.key i{display:inline-grid;width:1.25rem;vertical-align:middle;margin-right:.3rem}
.key span{display:inline-block;margin-right:1.25rem;white-space:nowrap}
.probe{border-radius:3px}.live{border-radius:50%}
.shared{border-radius:0;border:4px double!important}
.good{color:var(--pass)}.bad{color:var(--paper);background:var(--fail);
border-color:var(--fail)!important}
.none{color:var(--dim);border-style:dashed!important}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.6rem;margin:0}
dl div{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.5rem .75rem}
dt{color:var(--dim);font-size:.85rem}dd{margin:0;font-weight:600}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;
border-bottom:1px solid var(--line)}
th{color:var(--dim);font-weight:500;font-size:.85rem}
svg{display:block;width:100%;height:4rem;overflow:visible}
svg polyline{fill:none;stroke:currentColor;stroke-width:2;vector-effect:non-scaling-stroke}
a{color:inherit}
footer{margin-top:2rem;color:var(--dim);font-size:.85rem}
@media(max-width:40rem){body{padding:1rem .75rem 2rem}h1{font-size:1.25rem}
.bar{grid-template-columns:repeat(15,minmax(0,1fr))}
table,tbody,tr,td{display:block}thead{display:none}tr{padding:.4rem 0;
border-bottom:1px solid var(--line)}td{border:0;padding:0}}
`

const hash = createHash('sha256').update(pageStyle).digest('base64')

/** The `Content-Security-Policy` that the page is sent with: this style sheet and nothing else. */
export const contentSecurityPolicy =
  `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; ` +
  `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
