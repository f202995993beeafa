package io.pageproxy.local;

/**
 * What is expected at a {@link LocalPort}, in the words of an operator.
 *
 * @param name such as dumper
 * @param addressOption the option that says where it connects
 * @param usersOption the option that says whose it may be
 */
public record LocalClient(String name, String addressOption, String usersOption) {}
