/** An origin that may receive the credential, as logs and metrics name it. */
export interface Destination {
  readonly origin: string
  readonly address: string
  readonly port: number
}

function describe(origin: string): Destination {
  const url = new URL(origin)
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  return { origin: url.origin, address: url.hostname, port }
}

/** The exact origins that may receive the credential. */
export class Destinations {
  readonly #known: readonly Destination[]

  constructor(origins: Iterable<string>) {
    this.#known = [...origins].map(describe)
  }

  /** The destination of `url`, or undefined when the credential must not go there. */
  find(url: string): Destination | undefined {
    for (const known of this.#known) {
      // The slash ends the authority, so no other host can hide behind this prefix.
      const end = known.origin.length
      if (url.charCodeAt(end) === 47 && url.startsWith(known.origin)) return known
    }
    return URL.canParse(url) ? this.#exactly(new URL(url).origin) : undefined
  }

  #exactly(origin: string): Destination | undefined {
    return this.#known.find((known) => known.origin === origin)
  }
}
