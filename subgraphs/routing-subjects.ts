/* What the chat and routing wake each other with. Nothing is told by it: what there is to do is in the database. */

/** Conversations were opened that nobody has decided yet. */
export const routingWanted = 'routing.wanted'

/** Decisions were made that nobody has carried out yet. */
export const routingDecided = 'routing.decided'
