/** Upper bounds of every histogram of durations, in seconds: from what a cache answers to what no agent waits for. */
export const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
