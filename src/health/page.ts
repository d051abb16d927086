import { createHash } from 'node:crypto'
import type { AccountFacts } from '../account/watch'
import type { Health, Status } from './health-document'
import type { HealthHistory, PastOutcome, PastTransition } from './history'
import { kubernetesOf, nextStep, ruleOf, whoOf } from './page-words'

/**
 * The page's one style sheet. Shape and letter carry the meaning, colour only repeats it: a square
 * is a probe, a circle live traffic; filled is good, struck through is bad.
 */
const pageStyle = `
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

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const SIGNS: Readonly<Record<Status, string>> = { pass: '✓', warn: '!', fail: '✕' }

const SOURCES = { active: 'probe', passive: 'live', shared: 'shared' } as const
const SOURCE_WORDS = { active: 'probe', passive: 'live call', shared: "another process's probe" }
const RESULTS = {
  success: { name: 'good', sign: '✓' },
  failure: { name: 'bad', sign: '✕' },
  ignored: { name: 'none', sign: '–' },
} as const

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')
}

/** `2026-11-23 03:00:00 UTC`: the same for readers in every time zone. */
function time(at: number | string): string {
  const iso = new Date(at).toISOString()
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}

/** When the document was rendered; it says so itself. */
function renderedAt(health: Health): number {
  return Date.parse(health.checks['guard:evidenceAge']?.[0].time ?? health.since)
}

function renderHeader(health: Health, now: number): string {
  const { status, since, description } = health
  const age = duration(now - Date.parse(since))
  return `<header class="${status}"><p>DeepSeek, seen from this instance</p>
<p class="word ${status}">${SIGNS[status]} ${status}</p>
<h1>${escapeHtml(whoOf(health))}, since ${time(since)} (${age}): ${escapeHtml(description)}</h1>
</header>`
}

function renderAdvice(health: Health): string {
  const { text, command } = nextStep(health)
  return `<section><h2>What Kubernetes is told</h2>
<p>${escapeHtml(kubernetesOf(health))}</p>
<p>Rule <code>${escapeHtml(health.decision)}</code>: ${escapeHtml(ruleOf(health))}</p></section>
<section><h2>What to do next</h2><p>${escapeHtml(text)}</p>
${command === undefined ? '' : `<pre>${escapeHtml(command)}</pre>`}
<p><a href="${escapeHtml(health.links.about)}">${
    health.cause === null ? 'About health and policy' : `About <code>${health.cause}</code>`
  }</a></p></section>`
}

function renderOutcome(past: PastOutcome): string {
  const { at, source, outcome, cause, durationMs, count = 1 } = past
  const { name, sign } = RESULTS[outcome]
  const what = cause ?? (outcome === 'ignored' ? 'no evidence, process blocked' : 'accepted')
  const clock = new Date(at).toISOString().slice(11, 19)
  const who = count > 1 ? `${count} live calls` : SOURCE_WORDS[source]
  const label = `${clock} UTC, ${who}: ${what}, ${Math.round(durationMs)} ms`
  const kind = `${SOURCES[source]} ${name}`
  return `<li class="${kind}" title="${label}" aria-label="${label}">${sign}</li>`
}

function renderBar({ outcomes }: HealthHistory): string {
  if (outcomes.length === 0) return '<p>No evidence yet.</p>'
  return `<ol class="bar">${outcomes.map(renderOutcome).join('')}</ol>
<p class="key"><span><i class="probe good">✓</i>probe</span>
<span><i class="shared good">✓</i>another process’s probe</span>
<span><i class="live good">✓</i>live call</span>
<span><i class="probe bad">✕</i>failed</span>
<span><i class="probe none">–</i>no evidence</span></p>`
}

function renderLatency({ outcomes }: HealthHistory): string {
  const probes = outcomes.filter(
    ({ source, outcome }) => source === 'active' && outcome === 'success',
  )
  const values = probes.map(({ durationMs }) => durationMs)
  if (values.length < 2) return ''
  const top = Math.max(...values, 1)
  const step = 100 / (values.length - 1)
  const points = values.map(
    (ms, i) => `${(i * step).toFixed(1)},${(40 - (ms / top) * 38).toFixed(1)}`,
  )
  const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  return `<section><h2>Probe latency</h2>
<p>Median ${Math.round(middle)} ms, longest ${Math.round(top)} ms,
last ${Math.round(values.at(-1) ?? 0)} ms.</p>
<svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img"
aria-label="Latency of the last ${values.length} good probes">
<polyline points="${points.join(' ')}"/></svg></section>`
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`
}

function shareOf(check: Health['checks']['deepseek:traffic']): string {
  return check === undefined ? 'none yet' : percent(check[0].observedValue)
}

/** What the account tells without an amount. */
function accountFacts({ checks }: Health, account: AccountFacts | undefined): [string, string][] {
  if (!account) return []
  const { cacheHitRatio, peak } = account
  const runway = checks['deepseek:runway']?.[0].observedValue
  return [
    ['Balance lasts', runway === undefined ? 'not known yet' : `${runway} h`],
    ['Input from the cache', cacheHitRatio === undefined ? 'none yet' : percent(cacheHitRatio)],
    ['Prices', peak ? 'at their peak' : 'off-peak'],
  ]
}

function facts(health: Health, { abortedProbes }: HealthHistory, now: number): [string, string][] {
  const { checks, nextProbeAt, consecutiveFailures, source } = health
  const wait = nextProbeAt === null ? 0 : Date.parse(nextProbeAt) - now
  const balance = checks['deepseek:balance']?.[0].observedValue
  const took = checks['deepseek:responseTime']?.[0].observedValue
  const age = checks['guard:evidenceAge']?.[0].observedValue
  return [
    ['Next probe', nextProbeAt === null ? 'none' : `in ${duration(wait)}`],
    ['Credential', checks['deepseek:credential'][0].observedValue],
    ['Balance', balance === undefined ? 'not asked' : balance ? 'available' : 'exhausted'],
    ['Last probe took', took === undefined ? 'no answer yet' : `${took} ms`],
    ['Live calls failed, 5 min', shareOf(checks['deepseek:traffic'])],
    ['Streams broken off, 5 min', shareOf(checks['deepseek:streams'])],
    ['Newest evidence', age === undefined ? 'none' : `${SOURCE_WORDS[source]}, ${age} s old`],
    ['Failures in a row', String(consecutiveFailures)],
    ['A fault is noticed within', `${checks['guard:worstCaseDetection'][0].observedValue} s`],
    ['Health requests given up', String(abortedProbes)],
  ]
}

function renderTransition({ at, from, to, cause, decision }: PastTransition): string {
  const change = `${SIGNS[from]} ${from} → <b class="${to}">${SIGNS[to]} ${to}</b>`
  return `<tr><td>${time(at)}</td><td>${change}</td><td>${cause ?? '–'}</td>
<td><code>${escapeHtml(decision)}</code></td></tr>`
}

function renderTransitions({ transitions }: HealthHistory): string {
  if (transitions.length === 0) return '<p>None yet.</p>'
  const rows = [...transitions].reverse().map(renderTransition).join('')
  return `<table><thead><tr><th>When</th><th>Status</th><th>Cause</th><th>Rule</th></tr></thead>
<tbody>${rows}</tbody></table>`
}

/**
 * The health document as one page for people: one file, no script, no external asset. Every string
 * in it comes from a closed list. To be sent with `contentSecurityPolicy`.
 */
export function renderPage(health: Health, history: HealthHistory, account?: AccountFacts): string {
  const now = renderedAt(health)
  const list = [...facts(health, history, now), ...accountFacts(health, account)]
    .map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`)
    .join('')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${SIGNS[health.status]} DeepSeek: ${health.status}</title>
<style>${pageStyle}</style></head>
<body>${renderHeader(health, now)}
<main>${renderAdvice(health)}
<section><h2>Last ${history.outcomes.length} outcomes, newest last</h2>
${renderBar(history)}</section>
<section><h2>Now</h2><dl>${list}</dl></section>
${renderLatency(history)}
<section><h2>Transitions, newest first</h2>${renderTransitions(history)}</section></main>
<footer>As of ${time(now)}. Load again for newer facts.</footer>
</body></html>`
}
