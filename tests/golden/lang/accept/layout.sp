

# First comment, behind blank lines.



# Second, after many.
include    "corp/nets.sp"   ;# no space
policy layout{# behind the brace

# above the first statement


	owner
		"x"  # inside, before the semicolon
		;
    # above strict
    strict;budget{insns 1;}	# behind two statements


    net a=10.0.0.1;
    net b={ # behind the bracket
        10.0.0.0/8,      # private

        # three more, on one line
        172.16.0.0/12,192.168.0.0/16, fd00::/8   # and this
        # the last word
    };
    net c = { # so it stays
        10.0.0.1 };   # done

    net wide = { 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24, 10.0.4.0/24, 10.0.5.0/24, 10.0.6.0/24, 10.0.7.0/24 };
    ingress # between the words
        on up # and here
    { # and there
        rule   web     allow   tcp   # comment one
               to any                # comment two

               port 80               # comment three
               ;                     # comment four
        # above the default
        default deny;

        # at the end of the block
    } # behind the block


    # nothing follows
} # end
# after the end

# and the last
