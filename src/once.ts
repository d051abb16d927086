/** What `make` gives at the first call, for every call; a `make` that throws is asked again. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
