import path from 'node:path'
import { passes } from '../key/finding'
import { judgeKey } from '../key/judge'
import {
  findExposed,
  findKeyHolders,
  findMisnamed,
  isOtherKey,
  type Misnamed,
  printableName,
} from '../key/names'
import { KEYS_PAGE } from '../provider/deepseek'
import { distantFiles, type EnvFile, isThere, readSmallFile } from './env-files'
import type { FindingDraft } from './finding-draft'
import { FILE, KEY } from './settings'
import { emptyShadow, loadingOf } from './shadow'
import type { EnvironmentSnapshot } from './snapshot'

/** Why there is no key: the one reason that explains most. Empty when another finding tells it. */
export function missingKey(snapshot: EnvironmentSnapshot): FindingDraft[] {
  const misnamed = findMisnamed(snapshot.names, snapshot.text)
  if (misnamed[0]?.certainty === 'certain') return [misnamedKey(misnamed[0], snapshot)]
  const files = filesAround(snapshot)
  const unread = findUnread(files, snapshot)
  if (unread) return [unread]
  if (misnamed[0]) return [misnamedKey(misnamed[0], snapshot)]
  // A key that went to browsers must be revoked and renamed: that fix covers this one.
  const exposed = findExposed(snapshot.names, snapshot.text, undefined)
  return exposed.length > 0 ? [] : [nothingSet(snapshot, files)]
}

function filesAround(snapshot: EnvironmentSnapshot): EnvFile[] {
  const startFolder = snapshot.text('INIT_CWD')
  const distant = distantFiles(snapshot.cwd, { script: process.argv[1], startFolder })
  return [...snapshot.files(), ...distant]
}

/** A `.env` file defines a key that this process does not have. */
function findUnread(
  files: readonly EnvFile[],
  snapshot: EnvironmentSnapshot,
): FindingDraft | undefined {
  for (const file of files) {
    const name = [KEY, FILE].find((known) => valueIn(file, known).trim() !== '')
    if (name) return unreadFile(file, name, snapshot)
    const names = [...file.entries.keys()]
    const misnamed = findMisnamed(names, (known) => valueIn(file, known))[0]
    if (misnamed) return { ...misnamedKey(misnamed, snapshot, file.label), origin: 'env-file' }
  }
  return undefined
}

function valueIn(file: EnvFile, name: string): string {
  return file.entries.get(name)?.value ?? ''
}

function unreadFile(file: EnvFile, name: string, snapshot: EnvironmentSnapshot): FindingDraft {
  const defect = name === FILE ? undefined : judgeKey(valueIn(file, name))
  const usable = passes(defect)
  const { label, encoding } = file
  const evidence = [
    `${label} defines ${name}`,
    ...(encoding ? [`${label} is written in ${encoding}, which loaders do not read`] : []),
    ...(usable ? [] : ['the value in the file would not pass either']),
  ]
  if (snapshot.isSet(name)) {
    return { ...emptyShadow(name, label), evidence, validAfterFix: usable }
  }
  const loading = loadingOf(label)
  return {
    code: 'env-not-loaded',
    severity: 'error',
    variable: name,
    validAfterFix: usable,
    origin: 'env-file',
    title: `${label} defines ${name}, but this process has not loaded it.`,
    evidence,
    ...loading,
    // Loading the file alone would only bring the reference into the process.
    ...(defect?.advice?.startsWith('start the process through') && {
      advice: `Resolve what ${label} holds for ${name}: ${defect.advice}`,
      set: undefined,
    }),
    ...(encoding && { advice: `Save ${label} as plain UTF-8. ${loading.advice}` }),
  }
}

function misnamedKey(
  misnamed: Misnamed,
  snapshot: EnvironmentSnapshot,
  file?: string,
): FindingDraft {
  const name = printableName(misnamed.name)
  const where = file ? ` in ${file}` : ''
  const passing = passes(judgeKey(snapshot.text(misnamed.name)))
  const kind = misnamed.meant === FILE ? 'file' : 'key'
  return {
    code: 'key-misnamed',
    severity: 'error',
    variable: misnamed.meant,
    title: `${name}${where} looks like ${misnamed.meant} under another name; nobody reads it.`,
    evidence: [
      misnamed.certainty === 'certain'
        ? 'the names differ only in case, separators or invisible characters'
        : 'the name is close, and its value could be a key',
    ],
    advice: `Rename ${name}${where} to ${misnamed.meant}`,
    ...(file ? {} : { set: kind, validAfterFix: misnamed.meant === FILE || passing }),
    origin: file ? 'env-file' : snapshot.originOf(misnamed.name),
  }
}

function nothingSet(snapshot: EnvironmentSnapshot, files: readonly EnvFile[]): FindingDraft {
  const removed = snapshot.wasRemoved(KEY)
  const withheld = withheldHere(snapshot) ?? startedWithout(snapshot)
  const holders = keyHolders(snapshot, files)
  return {
    code: 'key-missing',
    severity: 'error',
    variable: KEY,
    title: snapshot.isSet(KEY) ? `${KEY} is set, but empty.` : `${KEY} is not set.`,
    evidence: [
      ...(withheld ? [withheld.why] : []),
      ...(removed ? [`the process was started with ${KEY}; the program removed it since`] : []),
      ...holders.map(({ seen }) => seen),
    ],
    advice:
      withheld?.advice ??
      `Set ${KEY} to your key from ${KEYS_PAGE}, or ${FILE} to a file that holds it` +
        holders.map(({ hint }) => `; ${hint}`).join(''),
    ...(!withheld?.advice && { set: 'key' as const }),
    ...(removed && { origin: 'set-after-start' as const }),
  }
}

/** Keys that are there under names of their own: hints for people, never to be renamed. */
function keyHolders(snapshot: EnvironmentSnapshot, files: readonly EnvFile[]) {
  const places = [
    { names: snapshot.names, text: snapshot.text, where: '' },
    ...files.map((file) => ({
      names: [...file.entries.keys()],
      text: (name: string) => valueIn(file, name),
      where: ` in ${file.label}`,
    })),
  ]
  const found = places.flatMap(({ names, text, where }) =>
    findKeyHolders(names, text).map((name) => ({ name, where })),
  )
  return found.slice(0, 3).map(({ name, where }) => {
    const shown = `${printableName(name)}${where}`
    return isOtherKey(name)
      ? {
          seen: `${shown} is set: another key, by its name`,
          hint: `${shown} is a key of its own, so look whether it is meant for this process`,
        }
      : {
          seen: `${shown} holds text of a DeepSeek key's shape`,
          hint: `${shown} holds what looks like a DeepSeek key, so it may be the one`,
        }
  })
}

/** Tools that hand secrets to the programs that they start, known by their settings here. */
const injectors: Readonly<Record<string, string>> = {
  'doppler.yaml': 'doppler run',
  '.infisical.json': 'infisical run',
}

/** Who would have handed the key over, had this process been started its way. */
function startedWithout(snapshot: EnvironmentSnapshot): Withheld | undefined {
  if (snapshot.text('TURBO_HASH') !== '') {
    return {
      why:
        'Turborepo started this process: it passes on only the variables that turbo.json names, ' +
        `so name ${KEY} under passThroughEnv of the task`,
    }
  }
  // Hosts have secrets of their own, though the tool's settings were deployed along.
  if (!/^(?:shell|windows|docker|compose)$/.test(snapshot.place().platform)) return undefined
  const file = Object.keys(injectors).find((name) => isThere(path.join(snapshot.cwd, name)))
  if (!file) return undefined
  return {
    why: `${file} is here, but this process got nothing from the tool that it belongs to`,
    advice: `Start the process with \`${injectors[file]} -- node server.js\`; ${KEY} belongs there`,
  }
}

/** What a platform keeps back on purpose. */
interface Withheld {
  why: string
  /** Instead of setting the variable, which is set already. */
  advice?: string
}

const skipForks =
  'Skip the step for such runs (if: github.event.pull_request.head.repo.full_name == ' +
  'github.repository), or set DEEPSEEK_GUARD=off for them'

function withheldHere(snapshot: EnvironmentSnapshot): Withheld | undefined {
  const { platform } = snapshot.place()
  if (platform === 'github-actions') return withheldByGitHub(snapshot)
  if (platform !== 'gitlab-ci' || snapshot.text('CI_COMMIT_REF_PROTECTED') !== 'false') {
    return undefined
  }
  return { why: 'this branch is not protected, so protected variables are left out of this job' }
}

function withheldByGitHub(snapshot: EnvironmentSnapshot): Withheld | undefined {
  if (snapshot.text('GITHUB_ACTOR') === 'dependabot[bot]') {
    return {
      why: 'runs that Dependabot started get the secrets of Dependabot, not those of Actions',
      advice:
        `Add ${KEY} under Settings > Secrets and variables > Dependabot, or set ` +
        'DEEPSEEK_GUARD=off for such runs',
    }
  }
  if (!/^pull_request(?:_review(?:_comment)?)?$/.test(snapshot.text('GITHUB_EVENT_NAME'))) {
    return undefined
  }
  return isFork(snapshot.text('GITHUB_EVENT_PATH'))
    ? {
        why: 'this pull request comes from a fork: GitHub gives such runs no secrets',
        advice: skipForks,
      }
    : { why: 'a pull request from a fork gets no secrets' }
}

function isFork(eventPath: string): boolean {
  const reading = eventPath === '' ? undefined : readSmallFile(eventPath)
  if (!reading?.ok) return false
  try {
    const event = JSON.parse(reading.bytes.toString('utf8'))
    const { head, base } = event.pull_request
    return head.repo.fork === true || head.repo.full_name !== base.repo.full_name
  } catch {
    return false
  }
}
