import type { Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { ClientOptions } from '@grpc/grpc-js'
import { ChannelCredentials, Client, connectivityState, credentials } from '@grpc/grpc-js'
import type { BackendSettings } from '../settings.ts'

/** A connection to one server, made at its first call. */
export type GrpcChannel = {
  readonly client: Client
  /** Connected, or not asked to be. */
  isWell(): boolean
  /** Calls under way are lost. */
  close(): void
}

/** Opens channels to where the settings say. Throws where their URL says more or less than that. */
export const channelOpener = ({ name, url, maxResponseBytes }: BackendSettings): (() => GrpcChannel) => {
  const { protocol, hostname, port, pathname, search } = new URL(url)
  const isBare = (pathname === '' || pathname === '/') && search === ''
  if (!/^grpcs?:$/.test(protocol) || hostname === '' || port === '' || !isBare) throw new Error(`${name}: expected grpc://host:port or grpcs://host:port`)
  // By hand, so that neither certificates nor ciphers come from variables of the environment.
  const security = protocol === 'grpcs:' ? credentials.createFromSecureContext(createSecureContext()) : credentials.createInsecure()
  return () => {
    const watched = new WatchedCredentials(security)
    const client = new Client(`dns:${hostname}:${port}`, watched, { ...channelOptions, 'grpc.max_receive_message_length': maxResponseBytes })
    return {
      client,
      isWell: () => {
        const state = client.getChannel().getConnectivityState(false)
        return state === connectivityState.READY || state === connectivityState.IDLE
      },
      close: () => {
        client.close()
        watched.destroySockets()
      },
    }
  }
}

/** https://github.com/grpc/grpc-node/blob/master/packages/grpc-js/README.md#supported-channel-options */
const channelOptions: ClientOptions = {
  // A connection that died in silence fails the calls that would wait for longer; a server that is asked too often says so, and is heeded.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // Neither the environment nor DNS has a say in where a call goes, or how often.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_retries': 0,
  // A new channel connects anew, instead of sharing the backoff of the one before it.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_channelz': 0,
}

type Making = Parameters<ChannelCredentials['_createSecureConnector']>

/**
 * Other credentials, and the sockets that were opened under them: grpc-js leaves one alone whose server never speaks, and nothing of its
 * public interface gets at it. Credentials are where it passes by.
 */
class WatchedCredentials extends ChannelCredentials {
  readonly #inner: ChannelCredentials
  readonly #sockets = new Set<Socket>()
  #closed = false

  constructor(inner: ChannelCredentials) {
    super()
    this.#inner = inner
  }

  destroySockets(): void {
    this.#closed = true
    for (const socket of this.#sockets) socket.destroy()
  }

  override _isSecure(): boolean {
    return this.#inner._isSecure()
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other
  }

  override _createSecureConnector(...making: Making): ReturnType<ChannelCredentials['_createSecureConnector']> {
    const connector = this.#inner._createSecureConnector(...making)
    return {
      connect: (socket) => {
        this.#sockets.add(socket)
        socket.once('close', () => this.#sockets.delete(socket))
        if (this.#closed) socket.destroy()
        return connector.connect(socket)
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    }
  }
}
