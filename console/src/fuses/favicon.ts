export const followWorst = (_fuses: unknown) => () => {}
