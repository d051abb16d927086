import type { Health, Status } from './health-document'
import type { HealthHistory, PastOutcome, PastTransition } from './history'
import { contentSecurityPolicy, pageStyle } from './page-style'
import { kubernetesOf, nextStep, ruleOf, whoOf } from './page-words'

export { contentSecurityPolicy }

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

function facts(health: Health, { abortedProbes }: HealthHistory, now: number): [string, string][] {
  const { checks, nextProbeAt, consecutiveFailures, source } = health
  const wait = nextProbeAt === null ? 0 : Date.parse(nextProbeAt) - now
  const balance = checks['deepseek:balance']?.[0].observedValue
  const took = checks['deepseek:responseTime']?.[0].observedValue
  const age = checks['guard:evidenceAge']?.[0].observedValue
  const ratio = checks['deepseek:traffic'][0].observedValue
  return [
    ['Next probe', nextProbeAt === null ? 'none' : `in ${duration(wait)}`],
    ['Credential', checks['deepseek:credential'][0].observedValue],
    ['Balance', balance === undefined ? 'not asked' : balance ? 'available' : 'exhausted'],
    ['Last probe took', took === undefined ? 'no answer yet' : `${took} ms`],
    ['Live calls failed, 5 min', `${(ratio * 100).toFixed(1)} %`],
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
export function renderPage(health: Health, history: HealthHistory): string {
  const now = renderedAt(health)
  const list = facts(health, history, now)
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
