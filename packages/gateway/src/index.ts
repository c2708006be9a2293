export { createGateway, GATEWAY_PATH, type Gateway } from './gateway.ts'
export { type Packet, type PacketHeader, readPacket } from './twilsock/packet.ts'
export type { GatewayContext, Grant, Peer } from './twilsock/peer.ts'
