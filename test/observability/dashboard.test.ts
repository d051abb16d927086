import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Registry } from 'prom-client'
import { parse } from 'yaml'
import { causesByGroup } from '../../src/causes/cause'
import { guardMetrics } from '../../src/observability/metrics'

const folder = path.join(__dirname, '../../examples/observability')
const dashboard = JSON.parse(readFileSync(path.join(folder, 'grafana-dashboard.json'), 'utf8'))
const alerts = parse(readFileSync(path.join(folder, 'alerts.yaml'), 'utf8'))
const rules: { alert: string; expr: string }[] = alerts.groups.flatMap((group: any) => group.rules)

const panelQueries: string[] = dashboard.panels.flatMap((panel: any) =>
  panel.targets.map((target: any) => target.expr),
)
const queries = [...panelQueries, ...rules.map((rule) => rule.expr)]

/** Names and labels as prom-client holds them. */
const registry = new Registry()
guardMetrics({ registry })
const registered = new Map<string, Set<string>>(
  registry
    .getMetricsAsArray()
    .map((metric: any) => [metric.name, new Set<string>(metric.labelNames)] as const),
)

/** What a scrape adds, and the label of a histogram's buckets. */
const outerLabels = ['job', 'instance', 'le']

function baseName(name: string): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, '')
  return registered.has(base) ? base : name
}

function metricsIn(query: string): string[] {
  return [...query.matchAll(/deepseek_guard_\w+/g)].map(([name]) => baseName(name))
}

/** Every label matcher, with the metric it belongs to. */
function matchersIn(query: string) {
  return [...query.matchAll(/(deepseek_guard_\w+)\{([^}]*)\}/g)].flatMap(([, name, inner]) =>
    [...inner!.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(([, label, operator, value]) => ({
      metric: baseName(name!),
      label: label!,
      operator: operator!,
      value: value!,
    })),
  )
}

test.each(queries)('asks only for metrics and labels that exist: %s', (query) => {
  expect(metricsIn(query)).not.toEqual([])
  for (const name of metricsIn(query)) expect([...registered.keys()]).toContain(name)
  for (const { metric, label } of matchersIn(query)) {
    expect([...registered.get(metric)!, ...outerLabels]).toContain(label)
  }
})

test('groups only by labels of the metric', () => {
  for (const query of queries) {
    const known = metricsIn(query).flatMap((name) => [...registered.get(name)!])
    for (const [, labels] of query.matchAll(/by \(([^)]*)\)/g)) {
      for (const label of labels!.split(', ')) expect([...known, ...outerLabels]).toContain(label)
    }
  }
})

test('names only causes that exist, and every pattern meets one', () => {
  const causes: string[] = ['none', 'starting', ...Object.values(causesByGroup).flat()]
  const patterns = queries
    .flatMap(matchersIn)
    .filter(({ label }) => label === 'cause')
    .flatMap(({ operator, value }) => (operator.endsWith('~') ? value.split('|') : [value]))
  expect(patterns.length).toBeGreaterThan(5)
  for (const pattern of patterns) {
    expect(causes.filter((cause) => new RegExp(`^(?:${pattern})$`).test(cause))).not.toEqual([])
  }
})

test('shows every metric on some panel', () => {
  const shown = new Set(panelQueries.flatMap(metricsIn))
  expect([...registered.keys()].filter((name) => !shown.has(name))).toEqual([])
})

test('every alert says how bad it is and what to do', () => {
  for (const rule of alerts.groups.flatMap((group: any) => group.rules)) {
    expect(['critical', 'warning']).toContain(rule.labels.severity)
    expect(rule.annotations.summary).toBeTruthy()
    expect(rule.annotations.description).toMatch(/\.$/)
  }
})
