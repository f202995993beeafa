# Shared code of the workloads: the folder of small files, seeded memory and its digest. Only needs perl-base.
package Workload;
use strict;
use warnings;
use POSIX ();

use constant MEGABYTE   => 1 << 20;
use constant PAGE_BYTES => 4096;

# Gives this process its own session with only /dev/null open, so that CRIU can dump it without --shell-job.
sub start {
    my ($class, $dir) = @_;
    chdir $dir or die "$0: cannot enter $dir: $!\n";
    POSIX::setsid() >= 0 || POSIX::getpgrp() == $$ or die "$0: setsid: $!\n";
    POSIX::close($_) for grep { $_ > 2 } map { m{(\d+)$} } glob '/proc/self/fd/*';    # whatever was inherited
    open STDIN, '<', '/dev/null' or die "$0: /dev/null: $!\n";
    my $self = bless {dir => $dir, beats => 0, asked => 0}, $class;
    $SIG{USR1} = sub { $self->{asked} = 1 };
    $self->publish('pid', $$);
    open STDOUT, '>', '/dev/null' or die "$0: /dev/null: $!\n";
    open STDERR, '>', '/dev/null' or die "$0: /dev/null: $!\n";
    return $self;
}

# Atomically replaces file $name in the folder by one line. In a failed lazy migration the restored copy may still run in the
# same folder while this process runs on, so a missing file that it has renamed is not an error.
sub publish {
    my ($self, $name, $line) = @_;
    open my $file, '>', "$name.new" or die "$0: $self->{dir}/$name.new: $!\n";
    print {$file} "$line\n";
    close $file               or die "$0: $self->{dir}/$name.new: $!\n";
    rename "$name.new", $name or $! == POSIX::ENOENT or die "$0: $self->{dir}/$name: $!\n";
}

# Waits a tenth of a second and shows that this process is alive.
sub tick {
    my ($self) = @_;
    select undef, undef, undef, 0.1;
    $self->publish('beat', ++$self->{beats});
}

# Returns true once for each requested check, by the file or by the signal.
sub check_asked {
    my ($self) = @_;
    my $asked = unlink('check') || $self->{asked};
    $self->{asked} = 0;
    return $asked;
}

# Returns a reference to $megabytes of memory generated from $seed: alternately noise, text and near-empty pages, all different.
sub content {
    my ($megabytes, $seed) = @_;
    srand $seed;
    my $noise = pack 'V*', map { int rand 2**32 } 1 .. MEGABYTE / 4;
    my $text  = substr join('', map { sprintf "%06d seed %d: the quick brown fox\n", $_, $seed } 1 .. 40_000), 0, MEGABYTE;
    my $bytes = "\0" x ($megabytes * MEGABYTE);
    for my $index (0 .. $megabytes - 1) {
        my $key   = pack 'V', $seed * 65_536 + $index + 1;
        my $block =
              $index % 3 == 0 ? $noise ^ $key x (MEGABYTE / 4)
            : $index % 3 == 1 ? $text ^ $key x (MEGABYTE / 4)
            :                   join '', map { $key . pack('V', $_) . "\0" x (PAGE_BYTES - 8) } 1 .. MEGABYTE / PAGE_BYTES;
        substr $bytes, $index * MEGABYTE, MEGABYTE, $block;
    }
    return \$bytes;
}

# A digest of the bytes referred to, in which every word and the order of the pages count. 200 MB take about 0.1 s.
sub digest {
    my ($bytes) = @_;
    my $digest = length $$bytes;
    use integer;
    for (my $offset = 0; $offset < length $$bytes; $offset += PAGE_BYTES) {
        $digest = $digest * 6364136223846793005 + unpack '%64Q*', substr $$bytes, $offset, PAGE_BYTES;
    }
    return sprintf '%016x', $digest;
}

1;
