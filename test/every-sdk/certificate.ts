// table

/*
 * A key that is no secret and a certificate for 127.0.0.1 that nothing but these tests trusts: 1.x asks for files over TLS alone.
 * Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 36500 -addext subjectAltName=IP:127.0.0.1`.
 */

export const KEY = `\
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIA4w8uwVRgDFL4FX0P9NcGKu3wHnrUQa+mkcK/x++sxUoAoGCCqGSM49
AwEHoUQDQgAEtG0X+AnXX69HMHCPJIiDkA8yCMSKYC5ZN7lTSpgDwExya8a5pu27
XCZjiW4MI/y5anWxjH3rh5eF9l8AcyRSCw==
-----END EC PRIVATE KEY-----
`

export const CERTIFICATE = `\
-----BEGIN CERTIFICATE-----
MIIBjzCCATagAwIBAgIUC+xgFzwLVpp3FWch2SDsPjw/aRkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNzEzMzgyMVoYDzIxMjYxMTAz
MTMzODIxWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAS0bRf4Cddfr0cwcI8kiIOQDzIIxIpgLlk3uVNKmAPATHJrxrmm7btc
JmOJbgwj/LlqdbGMfeuHl4X2XwBzJFILo2QwYjAdBgNVHQ4EFgQUZHo7eldCoQG8
UU5w+f6y7f6LsQcwHwYDVR0jBBgwFoAUZHo7eldCoQG8UU5w+f6y7f6LsQcwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQC
IDqn0EQGoM14J5aWsuTDtDANeX1R8Y/SpXK7tNh+YHOUAiB9cDgDBqzLu/1GHVeo
TcW13FEAfWd+OpREiCOsO1NBCQ==
-----END CERTIFICATE-----
`
