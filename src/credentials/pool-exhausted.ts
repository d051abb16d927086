import { TokenError } from '../errors'

/** Every key of a pool is benched. The holder labels the answer `pool-exhausted`. */
export class PoolExhaustedError extends TokenError {
  constructor(message: string) {
    super(message, { permanent: true })
  }
}
