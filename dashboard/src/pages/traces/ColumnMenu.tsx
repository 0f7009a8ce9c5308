/** The choice of columns. */
import { Check, Columns3 } from "lucide-react";
import { DropdownMenu as Menu } from "radix-ui";
import { COLUMNS } from "./columns";

interface ColumnMenuProps {
  hidden: ReadonlySet<string>;
  onShow: (id: string, shown: boolean) => void;
}

export function ColumnMenu({ hidden, onShow }: ColumnMenuProps) {
  return (
    <Menu.Root>
      <Menu.Trigger className="button" data-icon="" data-kind="plain" aria-label="Columns">
        <Columns3 size={16} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="end" sideOffset={4}>
          {COLUMNS.filter(({ optional }) => optional).map(({ id, name }) => (
            <Menu.CheckboxItem
              key={id}
              className="menu-item"
              checked={!hidden.has(id)}
              onCheckedChange={(shown) => onShow(id, shown)}
              onSelect={(event) => event.preventDefault()}
            >
              <span className="menu-check">
                <Menu.ItemIndicator>
                  <Check size={14} />
                </Menu.ItemIndicator>
              </span>
              {name}
            </Menu.CheckboxItem>
          ))}
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
