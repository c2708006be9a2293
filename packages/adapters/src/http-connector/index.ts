export { HttpConnector, type HttpConnectorOptions } from './http-connector.ts'
