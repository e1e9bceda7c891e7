/** Retries may be at most a share of the calls, so that they do not double the load of a backend that is down. */
export type RetryBudget = {
  /** To be told of each call. */
  earn(): void
  /** True where a retry may be made; it is paid for then. */
  spend(): boolean
}

/**
 * A token bucket: each call adds `share` (0 to 1) of a token, a retry costs one. It starts full, so that a backend that is
 * rarely asked gets its retries too; `cap` bounds the burst.
 */
export const openRetryBudget = (share: number, cap = 10): RetryBudget => {
  let tokens = share > 0 ? cap : 0
  return {
    earn: () => {
      tokens = Math.min(cap, tokens + share)
    },
    spend: () => {
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
