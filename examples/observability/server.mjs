// @ts-check
/**
 * Figures and traces: `GET /metrics` is what Prometheus scrapes (alerts.yaml and
 * grafana-dashboard.json ask for these names), and every call and probe is an OpenTelemetry span,
 * printed here instead of being sent to a collector.
 *
 *   DEEPSEEK_API_KEY=sk-... node examples/observability/server.mjs
 *   curl 'localhost:3000/chat?message=Hello' ; curl localhost:3000/metrics
 */
import { trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { deepseekGuard } from 'deepseek-guard'
import { guardMetrics, guardTelemetry } from 'deepseek-guard/metrics'
import express from 'express'
import OpenAI from 'openai'
import { register } from 'prom-client'

// An application with the OpenTelemetry SDK has done this already: node --import ./telemetry.js
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())] }),
)

const deepseek = deepseekGuard({ metrics: [guardMetrics(), guardTelemetry()] })
const openai = new OpenAI(deepseek.client)

const app = express()
app.use(deepseek)
app.get('/metrics', async (_req, res) => {
  res.type(register.contentType).send(await register.metrics())
})
app.get('/chat', deepseek.required(), async (req, res) => {
  const completion = await openai.chat.completions.create({
    model: 'deepseek-flash',
    messages: [{ role: 'user', content: String(req.query.message) }],
  })
  res.json({ answer: completion.choices[0]?.message.content })
})

const server = app.listen(Number(process.env.PORT || 3000), () => {
  const address = server.address()
  console.log(`Listening on http://localhost:${typeof address === 'object' && address?.port}`)
})

process.once('SIGTERM', () => {
  deepseek.drain()
  server.close(() => deepseek.close())
})
