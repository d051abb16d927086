import { TokenError } from '../errors'

/** Every key of a pool is benched: known to the holder, which labels the answer `pool-exhausted`. */
export class PoolExhaustedError extends TokenError {
  constructor(message: string) {
    super(message, { permanent: true })
  }
}
