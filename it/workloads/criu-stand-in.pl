# Replaces criu on kernels that cannot pre-dump. It accepts exactly the arguments of 'pageproxy migrate', and sends the page server
# what CRIU would send for a process whose memory is the file 'memory'. The file 'dirty' lists the dirty pages of each call.
#     perl criu-stand-in.pl 24|32 FOLDER pre-dump|dump ...
use strict;
use warnings;

use constant {OPEN2 => 4, PARENT => 5, ADD_F => 6, FORCE_CLOSE => 0x1024, IN_PARENT => 1, PRESENT => 4};
use constant {PAGE_BYTES => 4096, START => 0x7f00 << 32, ID => 77};

my ($layout, $folder, $action, @words) = @ARGV;
my %flags  = map { $_ => 1 } qw(--track-mem --page-server);
my %values = map { $_ => 1 } qw(--tree --images-dir --prev-images-dir --action-script --ps-socket --log-file);
my %given;
while (defined(my $word = shift @words)) {
    $flags{$word} || $values{$word} or die "unrecognized option '$word'\n";
    $given{$word} = $flags{$word} ? 1 : shift @words;
}
$action =~ /^(pre-)?dump$/ && $given{'--page-server'} && kill 0, $given{'--tree'} or die "unexpected arguments\n";

# ---- the folder of the other images

my $previous = $given{'--prev-images-dir'};
chdir $given{'--images-dir'} or die "images dir: $!\n";
if ($previous) {
    $given{'--track-mem'} or die "no --track-mem\n";
    symlink $previous, 'parent'  or die "parent: $!\n";
    -e 'parent/inventory.img' or die "the parent has no inventory\n";
}
write_file('inventory.img', "of $action");
write_file('stats-dump',    "of $action");

# ---- what has been written since the last call

my $memory = read_file("$folder/memory");
my $pages  = length($memory) / PAGE_BYTES;
my @dirty  = split ' ', read_file("$folder/dirty");
my $dirty  = shift @dirty;
write_file("$folder/dirty", "@dirty");
if ($previous) {
    substr($memory, $_ * PAGE_BYTES + @dirty, 1) ^= "\1" for 0 .. $dirty - 1;
    write_file("$folder/memory", $memory);
}

# ---- the page server

open my $server, '+<&=', $given{'--ps-socket'} or die "page server: $!\n";
record(PARENT, 0, 0, 0, ID);
unpack('l', answer(4)) == ($previous ? 1 : 0) or die "the page server's folder is another's parent\n";
record(OPEN2, 0, 0, 0, ID);
ord(answer(1)) == ($previous ? 1 : 0) or die "the page server's parent lacks the process\n";
record(ADD_F, PRESENT, $previous ? $dirty : $pages, START, ID);
my $bytes = ($previous ? $dirty : $pages) * PAGE_BYTES;
if (-e "$folder/fail-$action" && $previous) {
    send_all(substr $memory, 0, $bytes / 2);
    die "told to fail\n";
}
if (-e "$folder/stall-$action" && $previous) {
    send_all(substr $memory, 0, $bytes / 2);
    write_file("$folder/stalled", '');
    select undef, undef, undef, 0.1 while -e "$folder/stall-$action";
    die "told to stall\n";
}
send_all(substr $memory, 0, $bytes);
record(ADD_F, IN_PARENT, $pages - $dirty, START + $bytes, ID) if $previous && $dirty < $pages;
record(FORCE_CLOSE, 0, 0, 0, 0);
unpack('l', answer(4)) == 0 or die "the page server failed\n";

# ---- the end of the tasks

if ($action eq 'dump') {
    local $ENV{CRTOOLS_SCRIPT_ACTION} = 'post-dump';
    system($given{'--action-script'}) == 0 or die "the action script failed\n";
    kill 'KILL', $given{'--tree'};
}

sub record {
    my ($command, $flags, $count, $vaddr, $id) = @_;
    my $dst_id = $id ? $id << 8 | 1 : 0;
    send_all($layout == 24
        ? pack('LLQQ',  $command | $flags << 16, $count, $vaddr, $dst_id)
        : pack('LLQQQ', $command | $flags << 16, 0, $count, $vaddr, $dst_id));
}

sub send_all {
    my ($rest) = @_;
    while (length $rest) {
        my $sent = syswrite $server, $rest or die "the page server is gone: $!\n";
        substr($rest, 0, $sent) = '';
    }
}

sub answer {
    my ($wanted) = @_;
    my $answer = '';
    while (length $answer < $wanted) {
        sysread $server, $answer, $wanted - length $answer, length $answer or die "no answer of the page server\n";
    }
    return $answer;
}

sub read_file {
    my ($name) = @_;
    open my $file, '<:raw', $name or die "$name: $!\n";
    local $/ = undef;
    return scalar readline $file;
}

sub write_file {
    my ($name, $content) = @_;
    open my $file, '>:raw', $name or die "$name: $!\n";
    print {$file} $content;
    close $file or die "$name: $!\n";
}
