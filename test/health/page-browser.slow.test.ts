import { existsSync, mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import express from 'express'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { deepseekGuard } from '../../src'
import { contentSecurityPolicy } from '../../src/health/page'
import { startFakeDeepSeek } from '../../src/testing/fake-deepseek'
import { pageOf, stories } from './page-kit'

jest.setTimeout(60_000)

const CHROMIUM = '/usr/bin/chromium'
const ARTIFACTS = path.resolve(__dirname, '../../artifacts')
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const SCREENS = { desktop: { width: 1280, height: 900 }, phone: { width: 375, height: 812 } }

const missing = !existsSync(CHROMIUM)
if (missing && process.env.CI === 'true') {
  test('needs Chromium in CI', () => {
    throw new Error(`${CHROMIUM} is missing: apt-get install chromium`)
  })
} else if (missing) {
  console.log(`Skipped: the page in a browser needs ${CHROMIUM} (apt-get install chromium).`)
}

const inBrowser = missing ? describe.skip : describe

inBrowser('the page in Chromium', () => {
  let server: Server
  let browser: Browser
  let base: string
  const requests: string[] = []

  beforeAll(async () => {
    mkdirSync(ARTIFACTS, { recursive: true })
    server = createServer((req, res) => {
      requests.push(req.url ?? '')
      res.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy,
      })
      res.end(pageOf(stories[req.url?.slice(1) ?? ''] ?? []))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGS })
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  async function visit(
    story: string,
    screen: keyof typeof SCREENS,
    look: (page: Page) => Promise<void>,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<void> {
    const context = await browser.newContext({
      viewport: SCREENS[screen],
      colorScheme,
      javaScriptEnabled: false,
    })
    try {
      const page = await context.newPage()
      await page.goto(`${base}/${story}`)
      await page.screenshot({
        path: path.join(ARTIFACTS, `health-${story}-${screen}-${colorScheme}.png`),
        fullPage: true,
      })
      await look(page)
    } finally {
      await context.close()
    }
  }

  test.each(Object.keys(stories))('shows %s on a desktop', (story) =>
    visit(story, 'desktop', async (page) => {
      expect(await page.locator('h1').count()).toBe(1)
      expect(await page.locator('.bar li').count()).toBe(60)
    }),
  )

  test('fits a phone without scrolling sideways', () =>
    visit('outage', 'phone', async (page) => {
      const { width } = (await page.locator('body').boundingBox())!
      expect(width).toBeLessThanOrEqual(375)
      for (const part of await page
        .locator('.bar li, .key span, dl, table, svg, header, pre')
        .all()) {
        const box = (await part.boundingBox())!
        expect(box.x).toBeGreaterThanOrEqual(0)
        expect(box.x + box.width).toBeLessThanOrEqual(375)
      }
    }))

  test('has text large enough for a phone, and marks large enough to tell', () =>
    visit('bad-key', 'phone', async (page) => {
      const mark = (await page.locator('.bar li').first().boundingBox())!
      expect(mark.width).toBeGreaterThanOrEqual(14)
      const line = (await page.locator('section p').first().boundingBox())!
      expect(line.height).toBeGreaterThanOrEqual(20)
    }))

  test('is there in the dark', () => visit('outage', 'desktop', async () => {}, 'dark'))

  test('applies its one style sheet and asks for nothing else', async () => {
    requests.length = 0
    const context = await browser.newContext()
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(`${base}/outage`, { waitUntil: 'networkidle' })
    const display = await page.locator('.bar').evaluate((bar) => getComputedStyle(bar).display)
    await context.close()
    expect(display).toBe('grid')
    expect(complaints).toEqual([])
    expect(requests).toEqual(['/outage'])
  })

  test('is what a person sees at the health path of a running service', async () => {
    const fake = await startFakeDeepSeek()
    const guard = deepseekGuard({
      env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
      health: { intervalMs: 30, confirmDelayMs: 5 },
      logger: false,
    })
    const app = express().use(guard).listen(0, '127.0.0.1')
    const context = await browser.newContext({ viewport: SCREENS.desktop })
    try {
      await guard.ready()
      const failing = new Promise<void>((resolve) => {
        guard.on('change', ({ status }) => status === 'fail' && resolve())
      })
      fake.revoke(fake.key)
      await failing
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      const { port } = app.address() as AddressInfo
      const answer = await page.goto(`http://127.0.0.1:${port}/health/deepseek`)
      await page.screenshot({ path: path.join(ARTIFACTS, 'health-served.png'), fullPage: true })
      expect(answer?.status()).toBe(503)
      expect(await page.locator('h1').textContent()).toMatch(/^It is us, since .+refuses our/)
      expect(await page.locator('.bar .bad').count()).toBeGreaterThanOrEqual(3)
      expect(await page.locator('.bar .good').count()).toBeGreaterThanOrEqual(1)
      expect(await page.content()).not.toContain(fake.key.slice(-8))
      expect(complaints.filter((text) => !text.includes('503'))).toEqual([])
    } finally {
      await context.close()
      await guard.close()
      app.closeAllConnections()
      await new Promise((resolve) => app.close(resolve))
      await fake.close()
    }
  })

  test('has enough contrast in both schemes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ colorScheme })
      const page = await context.newPage()
      await page.goto(`${base}/bad-key`)
      const low = await page.evaluate(() => {
        const canvas = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number)
        const light = ([r = 0, g = 0, b = 0]: number[]): number => {
          const [x, y, z] = [r, g, b].map((value) => {
            const part = value / 255
            return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
          })
          return 0.2126 * x! + 0.7152 * y! + 0.0722 * z!
        }
        const paper = (node: Element | null): number[] => {
          for (let at = node; at; at = at.parentElement) {
            const color = canvas(getComputedStyle(at).backgroundColor)
            if (color[3] !== 0) return color
          }
          return [255, 255, 255]
        }
        return [...document.querySelectorAll('h1,h2,p,dt,dd,td,th,li,code,a,b')]
          .map((node) => {
            const ink = light(canvas(getComputedStyle(node).color))
            const ground = light(paper(node))
            const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)
            return { tag: node.tagName, text: node.textContent?.slice(0, 20), ratio }
          })
          .filter(({ ratio }) => ratio < 4.5)
      })
      await context.close()
      expect(low).toEqual([])
    }
  })
})
