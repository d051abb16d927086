import { readSmallFile } from './read-file'
import type { Situation } from './situation'

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
