package io.autotls.testing.ca.internal.acme;

/**
 * What a client has to prove, and by what.
 *
 * @param token of the challenge; empty if it has none
 * @param keyAuthorization token and thumbprint (RFC 8555 §8.1)
 * @param accountUrl the account that wants the authorization
 */
public record Proof(
    Identifier identifier, String token, String keyAuthorization, String accountUrl) {}
