/** An origin that may receive the credential, as logs and metrics name it. */
export interface Destination {
  readonly origin: string
  readonly scheme: 'http' | 'https'
  readonly address: string
  readonly port: number
  /** The origin and the slash that ends it, so that no other host can hide behind the prefix. */
  readonly prefix: string
}

function describe(origin: string): Destination {
  const url = new URL(origin)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const port = Number(url.port) || (scheme === 'https' ? 443 : 80)
  return { origin: url.origin, scheme, address: url.hostname, port, prefix: `${url.origin}/` }
}

/** The exact origins that may receive the credential. */
export class Destinations {
  readonly #known: readonly Destination[]
  #lastUrl: string | undefined
  #last: Destination | undefined

  constructor(origins: Iterable<string>) {
    this.#known = [...origins].map(describe)
  }

  /** The destination of `url`, or undefined when the credential must not go there. */
  find(url: string): Destination | undefined {
    // An application calls the same few addresses, mostly one: comparing costs next to nothing.
    if (url !== this.#lastUrl) {
      this.#last = this.#search(url)
      this.#lastUrl = url
    }
    return this.#last
  }

  #search(url: string): Destination | undefined {
    for (const known of this.#known) if (url.startsWith(known.prefix)) return known
    return this.#parse(url)
  }

  #parse(url: string): Destination | undefined {
    const origin = URL.canParse(url) ? new URL(url).origin : undefined
    return this.#known.find((known) => known.origin === origin)
  }
}
