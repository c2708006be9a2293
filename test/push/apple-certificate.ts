// table

/*
 * A key that is no secret and a certificate of an application as Apple gives it, which nothing but these tests trusts. Made by `openssl
 * req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 36500 -nodes -subj "/UID=org.example.chat/CN=…"`.
 */

export const APPLE_KEY = `\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgz+qtj6BJnxAV3tBM
NrPjlTSFz4rKHaDOI/E02Afr+lyhRANCAASNHehsRFKemg2PYqKvrBhbLuy0jVl+
pBm7b3zJ7Cm4YW9o7MyDm8qG1IGoTwMnwz3QKRzicvRd6XRszPoWDg7e
-----END PRIVATE KEY-----
`

export const APPLE_CERTIFICATE = `\
-----BEGIN CERTIFICATE-----
MIIB+jCCAaGgAwIBAgIUNy3TkVGYo85f4u4jk5nRwbjX1tMwCgYIKoZIzj0EAwIw
UjEgMB4GCgmSJomT8ixkAQEMEG9yZy5leGFtcGxlLmNoYXQxLjAsBgNVBAMMJUFw
cGxlIFB1c2ggU2VydmljZXM6IG9yZy5leGFtcGxlLmNoYXQwIBcNMjYxMTI3MTkz
MTUxWhgPMjEyNjExMDMxOTMxNTFaMFIxIDAeBgoJkiaJk/IsZAEBDBBvcmcuZXhh
bXBsZS5jaGF0MS4wLAYDVQQDDCVBcHBsZSBQdXNoIFNlcnZpY2VzOiBvcmcuZXhh
bXBsZS5jaGF0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjR3obERSnpoNj2Ki
r6wYWy7stI1ZfqQZu298yewpuGFvaOzMg5vKhtSBqE8DJ8M90Ckc4nL0Xel0bMz6
Fg4O3qNTMFEwHQYDVR0OBBYEFBEXgJjo0bAFBDDwiAmU/9M1S1OWMB8GA1UdIwQY
MBaAFBEXgJjo0bAFBDDwiAmU/9M1S1OWMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDRwAwRAIgNboguJ4BodOEHIOaiVrA/yFYc8c3ANaCREyeY/twp94CIDuD
3TvLZ8y8d+PCAytp84Aimpk11dgrqaWRFk+9xg+y
-----END CERTIFICATE-----
`
