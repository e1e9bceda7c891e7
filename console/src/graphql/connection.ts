/** Whether the hub is there to be listened to. */
export type Connection = 'CONNECTING' | 'ONLINE' | 'OFFLINE'
