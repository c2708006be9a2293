export { WhatsAppAdapter, type WhatsAppOptions } from './whatsapp-adapter.ts'
