use strict;
use warnings;

# What this environment is, and what both folders share.
open my $file, '<', '../shared/greeting.txt' or die "greeting.txt: $!";
chomp(my $greeting = <$file>);
print "$greeting to $ENV{SERVICE}\n";
