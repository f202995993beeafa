#!/usr/bin/perl
# A client of echo-counter.c whose one connection must last.
#
#   echo-client.pl ADDRESS PORT FILE
#
# It sends a line each 10 ms and waits for the answer, which must be one more than the last. FILE has "N MILLIS", the last
# answer and the longest time that one took, or "lost: WHY" once the connection is.
use strict;
use warnings;
use Socket qw(:DEFAULT getaddrinfo SOCK_STREAM);
use Time::HiRes qw(sleep time);

my ($address, $port, $file) = @ARGV;
$SIG{PIPE} = 'IGNORE';

sub publish {
    open(my $out, '>', "$file.new") or die "$file: $!\n";
    print $out "@_\n";
    close($out);
    rename("$file.new", $file) or die "$file: $!\n";
}

sub lost { publish("lost: @_"); die "@_\n" }

my ($error, $found) = getaddrinfo($address, $port, { socktype => SOCK_STREAM });
lost($error) if $error;
socket(my $socket, $found->{family}, $found->{socktype}, $found->{protocol}) or lost("socket: $!");
connect($socket, $found->{addr}) or lost("connect: $!");
my ($rest, $longest) = ('', 0);
for (my $number = 1; ; $number++) {
    my $start = time;
    defined syswrite($socket, "$number\n") or lost("write: $!");
    while (index($rest, "\n") < 0) {
        my $got = sysread($socket, $rest, 4096, length $rest);
        defined $got or lost("read: $!");
        $got or lost("closed by the server");
    }
    chomp($rest);
    lost("$rest instead of $number") if $rest ne $number;
    $rest = '';
    my $millis = int(1000 * (time - $start));
    $longest = $millis if $millis > $longest;
    publish("$number $longest");
    sleep 0.01;
}
