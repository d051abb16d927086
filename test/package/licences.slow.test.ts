import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './consumer'

/** Licences that ask for no more than to be named. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']

interface Manifest {
  name: string
  version: string
  license?: unknown
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** Where Node would find the package from there; its `exports` need not name its manifest. */
function locate(name: string, folder: string): string {
  const places = createRequire(join(folder, 'package.json')).resolve.paths(name) ?? []
  for (const place of places) {
    try {
      readManifest(join(place, name))
      return join(place, name)
    } catch {
      // Not in this node_modules; perhaps in one further up.
    }
  }
  throw new Error(`${name} is not installed: run npm ci.`)
}

/** Everything that `npm install deepseek-guard` brings along, by its folder. */
function runtimeTree(folder = root, tree = new Map<string, Manifest>()): Map<string, Manifest> {
  const { dependencies, optionalDependencies } = readManifest(folder)
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const found = locate(name, folder)
    if (tree.has(found)) continue
    tree.set(found, readManifest(found))
    runtimeTree(found, tree)
  }
  return tree
}

const packages = [...runtimeTree().values()]

test('the runtime tree is walked to its leaves', () => {
  const names = packages.map(({ name }) => name)
  const direct = Object.keys(readManifest(root).dependencies ?? {})
  expect(names).toEqual(expect.arrayContaining(direct))
  expect(names).toEqual(expect.arrayContaining(['tslib', 'sonic-boom', 'split2']))
})

test.each(packages.map((one) => [`${one.name}@${one.version}`, one] as const))(
  '%s has a permissive licence',
  (_, { license }) => {
    expect(PERMISSIVE).toContain(license)
  },
)

test.each(packages.map((one) => [`${one.name}@${one.version}`, one] as const))(
  '%s runs nothing when it is installed',
  (_, { scripts = {} }) => {
    expect(Object.keys(scripts)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(pre|post)?install$/)]),
    )
  },
)

test('the review in CONTRIBUTING names every direct dependency and no other', () => {
  const text = readFileSync(join(root, '.github/CONTRIBUTING.md'), 'utf8')
  const [, section = ''] = text.split('## Dependencies\n')
  const rows = section.split('\n## ')[0]!.matchAll(/^\| `([^`]+)`/gm)
  const named = [...rows].map(([, name]) => name)
  expect(named.sort()).toEqual(Object.keys(readManifest(root).dependencies ?? {}).sort())
})
