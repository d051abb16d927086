import { passes } from '../key/defect'
import { judgeKey } from '../key/judge'
import { findExposed, findMisnamed, type Misnamed, printableName } from '../key/names'
import { distantFiles, type EnvFile, readSmallFile } from './env-files'
import type { Problem } from './problem'
import { FILE, KEY } from './settings'
import { emptyShadow } from './shadow'
import type { Situation } from './snapshot'

/** Why GitHub handed out no secrets for this run; undefined when it should have. */
export function forkedRun(situation: Situation): string | undefined {
  if (situation.text('GITHUB_ACTOR') === 'dependabot[bot]') {
    return "Dependabot runs get Dependabot's own secrets, not those of Actions"
  }
  if (situation.text('GITHUB_EVENT_NAME') !== 'pull_request') return undefined
  return isFork(situation.text('GITHUB_EVENT_PATH'))
    ? 'this pull request comes from a fork: GitHub gives such runs empty secrets'
    : 'a pull_request run from a fork gets empty secrets'
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

/** Why there is no key: the one reason that explains most. Empty when another finding tells it. */
export function missingKey(situation: Situation): Problem[] {
  const misnamed = findMisnamed(situation.names, situation.text)
  if (misnamed[0]?.certainty === 'certain') return [misnamedKey(misnamed[0], situation)]
  const unread = findUnread(situation)
  if (unread) return [unread]
  if (misnamed[0]) return [misnamedKey(misnamed[0], situation)]
  // A key that went to browsers must be revoked and renamed: that fix covers this one.
  const exposed = findExposed(situation.names, situation.text, undefined)
  return exposed.length > 0 ? [] : [nothingSet(situation)]
}

/** A `.env` file defines a key that this process does not have. */
function findUnread(situation: Situation): Problem | undefined {
  const script = process.argv[1]
  const near = situation.files()
  const files =
    near.length > 0
      ? [...near, ...distantFiles(situation.cwd, script)]
      : distantFiles(situation.cwd, script)
  for (const file of files) {
    const name = [KEY, FILE].find((known) => hasValue(file, known))
    if (name) return unreadFile(file, name, situation)
    const names = [...file.entries.keys()]
    const misnamed = findMisnamed(names, (known) => file.entries.get(known)?.value ?? '')[0]
    if (misnamed) return { ...misnamedKey(misnamed, situation, file.label), origin: 'env-file' }
  }
  return undefined
}

function hasValue(file: EnvFile, name: string): boolean {
  return (file.entries.get(name)?.value ?? '').trim() !== ''
}

function unreadFile(file: EnvFile, name: string, situation: Situation): Problem {
  const value = file.entries.get(name)?.value ?? ''
  const usable = name === FILE || passes(judgeKey(value))
  const evidence = [
    `${file.label} defines ${name}`,
    ...(file.encoding
      ? [`${file.label} is written in ${file.encoding}, which loaders do not read`]
      : []),
    ...(usable ? [] : ['the value in the file would not pass either']),
  ]
  if (situation.isSet(name)) {
    return { ...emptyShadow(name, file.label), evidence, validAfterFix: usable }
  }
  return {
    code: 'env-not-loaded',
    severity: 'error',
    variable: name,
    validAfterFix: usable,
    origin: 'env-file',
    title: `${name} stands in ${file.label}, but this process has not loaded it.`,
    evidence,
    advice: file.encoding
      ? `Save ${file.label} as plain UTF-8, and load it before the process reads ${name}`
      : `Load ${file.label} before the process reads ${name}`,
    set: name === FILE ? 'file' : 'key',
    command: `node --env-file=${file.label} server.js`,
  }
}

function misnamedKey(misnamed: Misnamed, situation: Situation, file?: string): Problem {
  const name = printableName(misnamed.name)
  const where = file ? ` in ${file}` : ''
  const passing = passes(judgeKey(situation.text(misnamed.name)))
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
    origin: file ? 'env-file' : situation.originOf(misnamed.name),
  }
}

function nothingSet(situation: Situation): Problem {
  const fork = situation.platform() === 'github-actions' && forkedRun(situation)
  const removed = situation.wasRemoved(KEY)
  const lookalikes = situation.names.filter((name) => judgeKey(situation.text(name)) === undefined)
  return {
    code: 'key-missing',
    severity: 'error',
    variable: KEY,
    title: situation.isSet(KEY) ? `${KEY} is set, but empty.` : `${KEY} is not set.`,
    evidence: [
      ...(fork ? [fork] : []),
      ...(removed ? [`the process was started with ${KEY}; the program removed it since`] : []),
      ...lookalikes
        .slice(0, 3)
        .map((name) => `${printableName(name)} holds text shaped like a DeepSeek key`),
    ],
    advice:
      `Set ${KEY} to your key from https://platform.deepseek.com/api_keys, or ${FILE} to a file ` +
      'that holds it',
    set: 'key',
    ...(removed && { origin: 'set-after-start' as const }),
  }
}
