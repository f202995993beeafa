package io.pageproxy.local;

/**
 * Describes the client that a {@link LocalPort} expects, for messages to the operator.
 *
 * @param name such as {@code dumper}
 * @param addressOption the option that gives the address
 * @param usersOption the option that lists the permitted users
 */
public record LocalClient(String name, String addressOption, String usersOption) {}
